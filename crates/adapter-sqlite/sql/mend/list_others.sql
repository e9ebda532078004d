-- Names that are not of tables, and of virtual ones.
SELECT name FROM sqlite_schema WHERE type <> 'table' OR rootpage = 0 ORDER BY name
