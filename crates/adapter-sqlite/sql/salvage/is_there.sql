-- The engine makes its own tables itself, or not.
SELECT count(*) FROM sqlite_schema WHERE lower(name) = lower(?1)
