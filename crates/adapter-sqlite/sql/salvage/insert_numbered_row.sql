-- A row back into its table, under the number that no column shows.
INSERT OR ABORT INTO {table} ({number}, {columns}) VALUES ({values})
