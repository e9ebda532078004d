-- And leaves its table.
DELETE FROM {table} WHERE rowid = ?1
