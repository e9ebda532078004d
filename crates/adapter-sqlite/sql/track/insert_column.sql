-- A column gets its bit.
INSERT INTO lifeboat_column (table_no, bit, name) VALUES (?1, ?2, ?3)
