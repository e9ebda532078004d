-- A row as it is to be.
INSERT INTO {table} ({columns}) VALUES ({values})
