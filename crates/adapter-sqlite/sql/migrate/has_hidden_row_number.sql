-- Rows of such a table have a number that no column shows, and that others may refer to (FTS5, for example).
SELECT count(*) FROM pragma_table_list AS t
WHERE t.schema = 'main' AND lower(t.name) = lower(?1) AND t.wr = 0 AND t.type = 'table'
  AND NOT EXISTS (SELECT 1 FROM pragma_table_xinfo(?1, 'main') WHERE lower(name) IN ('rowid', '_rowid_', 'oid'))
  AND NOT EXISTS (SELECT 1 FROM pragma_table_xinfo(?1, 'main') WHERE pk > 0 AND upper(type) = 'INTEGER'
                  AND (SELECT count(*) FROM pragma_table_xinfo(?1, 'main') WHERE pk > 0) = 1)
