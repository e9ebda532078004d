-- Each row as it is: there again where its tombstone is known, else changed in every column.
INSERT INTO lifeboat_journal (hlc, table_no, cells, stamp, {columns})
SELECT max((SELECT hlc FROM lifeboat_journal ORDER BY seq DESC LIMIT 1) + 1,
           CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER) * 1024), {table_no},
       CASE WHEN EXISTS (SELECT 1 FROM {trash} AS x WHERE {trashed}) THEN NULL ELSE 9223372036854775807 END,
       random() & 65535, {keys}
FROM {table} AS t WHERE {known}
