-- The engine makes this table with the first AUTOINCREMENT.
SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_sequence'
