-- The row is to be there.
INSERT INTO {table} ({columns}) SELECT {slots} FROM {trash} WHERE {same}
