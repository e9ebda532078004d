-- Tables by which another migrator is known.
SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1
