-- Deleted rows by their keys, some at a time.
SELECT rowid, {keys} FROM {trash} WHERE rowid > ?1 ORDER BY rowid LIMIT 4096
