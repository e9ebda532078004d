-- What is shown is what was decided: the line says so, though nothing changes.
INSERT INTO lifeboat_journal (hlc, table_no, cells, stamp, {columns}) SELECT
    max((SELECT hlc FROM lifeboat_journal ORDER BY seq DESC LIMIT 1) + 1,
        CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER) * 1024),
    ?, ?, random() & 32767, {values}
