-- The same for a table that is empty now.
INSERT INTO sqlite_sequence (name, seq) SELECT ?1, ?2
WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE lower(name) = lower(?1))
