-- One row without a parent goes aside.
INSERT INTO {side} SELECT * FROM {table} WHERE rowid = ?1
