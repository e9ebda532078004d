-- The decision, as any client would write it.
UPDATE {table} SET {field} = ? WHERE {same}
