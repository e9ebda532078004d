-- A row back into its table, under the number that no column shows.
INSERT INTO {table} ({number}, {columns}) VALUES ({values})
