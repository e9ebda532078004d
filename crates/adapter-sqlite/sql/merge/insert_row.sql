-- A row as it is to be. A conflict clause of the schema must not drop it or another one unseen.
INSERT OR ABORT INTO {table} ({columns}) VALUES ({values})
