-- How an index was made; automatic ones have no definition.
SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = ?1
