-- Every object of the application with its definition; automatic indexes have none.
SELECT type, name, sql FROM sqlite_schema
WHERE sql IS NOT NULL AND substr(name, 1, 7) <> 'sqlite_' AND substr(name, 1, 9) <> 'lifeboat_'
