-- The old table and everything that hung on it.
DROP TABLE {table}
