-- The line before the first.
INSERT INTO lifeboat_journal (seq, hlc, table_no, cells, stamp) VALUES (0, 0, 0, 0, 0)
