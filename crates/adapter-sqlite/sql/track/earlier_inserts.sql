-- Rows that the earlier state has not were made since; of two that are one thing the copy of the higher rank has the elder.
INSERT INTO lifeboat_journal (hlc, table_no, cells, stamp, {columns})
SELECT 2 - ?1, {table_no}, NULL, ?1, {keys} FROM {table} AS t
WHERE ({known}) AND NOT EXISTS (SELECT 1 FROM point.{table} AS b WHERE {same})
