-- Every object of the application with its definition; automatic indexes have none.
SELECT type, name, sql, iif(type IN ('index', 'trigger'), tbl_name, NULL) FROM main.sqlite_schema
WHERE sql IS NOT NULL AND substr(name, 1, 7) <> 'sqlite_' AND name <> 'lifeboat_migrations'
