-- Definitions that go with a table when it is dropped.
SELECT sql FROM sqlite_schema
WHERE type IN ('index', 'trigger') AND sql IS NOT NULL AND lower(tbl_name) = lower(?1) ORDER BY type, name
