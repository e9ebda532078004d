-- Rows of a table that is tracked later than others were made by this copy, as far as anybody can tell.
INSERT INTO lifeboat_journal (hlc, table_no, cells, stamp, {columns})
SELECT max((SELECT hlc FROM lifeboat_journal ORDER BY seq DESC LIMIT 1) + 1,
           CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER) * 1024), {table_no}, NULL, random() & 32767, {keys}
FROM {table} AS t WHERE {known}
