-- A line for each row that was pushed aside; where recursive triggers are on, the deletion has written it already.
INSERT INTO lifeboat_journal (hlc, table_no, cells, stamp, {columns})
SELECT max((SELECT hlc FROM lifeboat_journal ORDER BY seq DESC LIMIT 1) + 1,
           CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER) * 1024),
       {table_no}, -1, random() & 32767, {keys}
FROM {displaced} AS d
WHERE NOT EXISTS (SELECT 1 FROM {table} AS t WHERE {there}) AND NOT EXISTS (SELECT 1 FROM {trash} AS x WHERE {trashed})
