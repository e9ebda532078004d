-- Rows that lines know, and that are neither there nor in the trash: they are gone.
INSERT INTO lifeboat_journal (hlc, table_no, cells, stamp, {columns})
SELECT max((SELECT hlc FROM lifeboat_journal ORDER BY seq DESC LIMIT 1) + 1,
           CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER) * 1024), {table_no}, -1, random() & 32767, {columns}
FROM (SELECT {columns} FROM lifeboat_journal WHERE table_no = {table_no}
      UNION SELECT {columns} FROM lifeboat_received WHERE table_no = {table_no}) AS l
WHERE NOT EXISTS (SELECT 1 FROM {table} AS t WHERE {there}) AND NOT EXISTS (SELECT 1 FROM {trash} AS x WHERE {buried})
