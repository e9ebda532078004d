-- A row leaves its place, to be written anew.
DELETE FROM {table} WHERE {same}
