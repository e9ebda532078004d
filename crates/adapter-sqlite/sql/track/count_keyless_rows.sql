-- Rows without a key cannot be told from others, and do not travel.
SELECT count(*) FROM {table} WHERE {lacking}
