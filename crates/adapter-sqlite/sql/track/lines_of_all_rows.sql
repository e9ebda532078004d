-- Each row as it is: there again where its tombstone is known, else changed in every column, as of the last audit: nobody knows
-- that it was changed at all, and a real edit elsewhere must not lose to that.
INSERT INTO lifeboat_journal (hlc, table_no, cells, stamp, {columns})
SELECT CASE WHEN EXISTS (SELECT 1 FROM {trash} AS x WHERE {trashed})
       THEN max((SELECT hlc FROM lifeboat_journal ORDER BY seq DESC LIMIT 1) + 1,
                CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER) * 1024)
       ELSE (SELECT hlc FROM lifeboat_journal WHERE seq = (SELECT audited FROM lifeboat_tracking)) END, {table_no},
       CASE WHEN EXISTS (SELECT 1 FROM {trash} AS x WHERE {trashed}) THEN NULL ELSE 9223372036854775807 END,
       random() & 32767, {keys}
FROM {table} AS t WHERE {known}
