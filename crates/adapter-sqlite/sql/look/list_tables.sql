-- Tables that have rows of their own: virtual tables (root page 0) keep theirs in shadow tables.
SELECT name FROM sqlite_schema
WHERE type = 'table' AND rootpage <> 0 AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name
