-- And what they say was written when they say so.
INSERT INTO lifeboat_journal (hlc, table_no, cells, stamp, {columns})
SELECT coalesce({when}, 3), {table_no}, 9223372036854775807, ?1, {keys} FROM {table} AS t
WHERE ({known}) AND NOT EXISTS (SELECT 1 FROM point.{table} AS b WHERE {same})
