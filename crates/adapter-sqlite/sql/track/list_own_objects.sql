-- Everything that bears our prefix, the ledger of migrations apart.
SELECT type, name FROM main.sqlite_schema
WHERE lower(substr(name, 1, 9)) = 'lifeboat_' AND lower(name) <> 'lifeboat_migrations' AND sql IS NOT NULL
