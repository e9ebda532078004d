-- What a new column got from a default that draws or tells the time is not the same on every copy: it is written down.
INSERT INTO lifeboat_journal (hlc, table_no, cells, stamp, {columns})
SELECT max((SELECT hlc FROM lifeboat_journal ORDER BY seq DESC LIMIT 1) + 1,
           CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER) * 1024), {table_no}, {cells}, random() & 32767, {keys}
FROM {table} WHERE {known}
