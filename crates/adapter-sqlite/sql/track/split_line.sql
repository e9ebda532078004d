-- Another part of the same write, of another age.
INSERT INTO lifeboat_journal (hlc, table_no, cells, stamp, {keys})
SELECT ?3 + (random() & (?4 - 1)), table_no, ?2, (random() & 32767) | 32768, {keys} FROM lifeboat_journal WHERE seq = ?1
