-- Every object that an application made, in the order in which it made them; shadow tables come with their virtual one.
SELECT s.type, s.name, s.tbl_name, s.sql FROM sqlite_schema AS s
WHERE s.sql IS NOT NULL AND substr(s.name, 1, 7) <> 'sqlite_'
  AND NOT EXISTS (SELECT 1 FROM pragma_table_list AS t WHERE t.schema = 'main' AND t.name = s.tbl_name AND t.type = 'shadow')
ORDER BY s.rowid
