-- Rows that both have with another value: the columns that differ were changed since.
INSERT INTO lifeboat_journal (hlc, table_no, cells, stamp, {columns})
SELECT coalesce({when}, 3), {table_no}, {cells}, ?1, {keys} FROM {table} AS t JOIN point.{table} AS b ON {same}
WHERE ({known}) AND ({cells}) <> 0 ORDER BY 1
