-- What is there is not deleted.
DELETE FROM {trash} AS x WHERE EXISTS (SELECT 1 FROM {table} AS t WHERE {trashed})
