-- The highest number in use.
SELECT coalesce(max({key}), 0) FROM {table}
