-- A line that touches no row: the next write exceeds all that was seen.
INSERT INTO lifeboat_journal (hlc, table_no, cells, stamp) VALUES (?1, 0, 0, random() & 32767)
