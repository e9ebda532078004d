-- The schema of a sound copy, for what a damaged one does not tell any more.
SELECT type, name, rootpage, sql FROM sqlite_schema
