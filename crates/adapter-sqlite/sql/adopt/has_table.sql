-- Tables by which another migrator is known; SQLite's names have no case.
SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1 COLLATE NOCASE
