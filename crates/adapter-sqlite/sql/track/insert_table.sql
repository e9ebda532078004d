-- A table gets its number.
INSERT INTO lifeboat_table (no, name, rule, tracked) VALUES (?1, ?2, ?3, ?4)
