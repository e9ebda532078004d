-- A row back into its table.
INSERT INTO {table} ({columns}) VALUES ({values})
