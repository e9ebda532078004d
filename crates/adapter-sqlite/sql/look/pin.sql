-- The first read of a transaction fixes the instant that all later reads see.
SELECT count(*) FROM sqlite_schema
