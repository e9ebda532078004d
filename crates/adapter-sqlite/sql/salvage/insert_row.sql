-- A row back into its table.
INSERT OR ABORT INTO {table} ({columns}) VALUES ({values})
