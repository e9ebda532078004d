-- One row.
SELECT {columns} FROM {table} WHERE {same}
