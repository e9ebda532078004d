-- Tables whose rows nothing identifies; shadow tables belong to their virtual table.
SELECT t.name FROM pragma_table_list AS t
WHERE t.schema = 'main' AND t.type = 'table' AND substr(t.name, 1, 7) <> 'sqlite_'
  AND NOT EXISTS (SELECT 1 FROM pragma_table_xinfo(t.name, 'main') WHERE pk > 0) ORDER BY t.name
