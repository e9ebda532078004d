-- One line. The clock goes on from the last one or from the wall, whichever is later; no function newer than SQLite 3.24.
INSERT INTO lifeboat_journal (hlc, table_no, cells, stamp, {columns}) VALUES (
    max((SELECT hlc FROM lifeboat_journal ORDER BY seq DESC LIMIT 1) + 1,
        CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER) * 1024),
    {table_no}, {cells}, random() & 32767, {values})
