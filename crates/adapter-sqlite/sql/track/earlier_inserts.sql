-- Rows that the earlier state has not were made since.
INSERT INTO lifeboat_journal (hlc, table_no, cells, stamp, {columns})
SELECT coalesce({when}, 1), {table_no}, NULL, ?1, {keys} FROM {table} AS t
WHERE ({known}) AND NOT EXISTS (SELECT 1 FROM point.{table} AS b WHERE {same}) ORDER BY 1
