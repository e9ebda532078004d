-- A row stays in its place and is to be this. A conflict clause of the schema must not drop it or another one unseen.
UPDATE OR ABORT {table} SET {assignments} WHERE {same}
