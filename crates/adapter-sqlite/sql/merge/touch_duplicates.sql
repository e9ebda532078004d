-- And get a line, so that every copy looks at them. It changes no column.
INSERT INTO lifeboat_journal (hlc, table_no, cells, stamp, {columns})
SELECT max((SELECT hlc FROM lifeboat_journal ORDER BY seq DESC LIMIT 1) + 1,
           CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER) * 1024), {table_no}, 0, random() & 65535, {keys}
FROM {table}
WHERE {named} AND ({natural}) IN (SELECT {natural} FROM {table} WHERE {named} GROUP BY {natural} HAVING count(*) > 1)
