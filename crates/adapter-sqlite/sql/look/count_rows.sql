-- The engine counts over the smallest index.
SELECT count(*) FROM {table}
