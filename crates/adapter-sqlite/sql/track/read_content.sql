-- What a row says, but for numbers that only this copy knows.
SELECT {columns} FROM {table} WHERE {key} = ?1
