-- Keys of rows that hold these values.
SELECT {columns} FROM {table} WHERE {same}
