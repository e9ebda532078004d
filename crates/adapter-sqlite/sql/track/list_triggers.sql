-- Our triggers as they are: name, table, text.
SELECT name, tbl_name, sql FROM main.sqlite_schema WHERE type = 'trigger' AND name LIKE 'lifeboat\_%' ESCAPE '\'
