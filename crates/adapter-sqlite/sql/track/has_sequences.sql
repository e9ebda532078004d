-- Only a database with an AUTOINCREMENT key has this table.
SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_sequence'
