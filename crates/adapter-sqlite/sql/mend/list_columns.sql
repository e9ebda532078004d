-- Names of columns, to look for those that sound like secrets.
SELECT t.name, c.name FROM sqlite_schema AS t, pragma_table_xinfo(t.name, 'main') AS c
WHERE t.type = 'table' AND t.rootpage > 0 AND substr(t.name, 1, 7) <> 'sqlite_' ORDER BY t.name, c.cid
