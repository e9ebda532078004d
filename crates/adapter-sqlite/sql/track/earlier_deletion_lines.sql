-- and each has its line.
INSERT INTO lifeboat_journal (hlc, table_no, cells, stamp, {columns}) SELECT 3, {table_no}, -1, ?1, {keys} FROM {trash}
