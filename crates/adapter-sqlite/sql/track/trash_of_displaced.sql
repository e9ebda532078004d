-- And the row itself.
INSERT INTO {trash} ({slots}) SELECT {slots} FROM {displaced} AS d
WHERE NOT EXISTS (SELECT 1 FROM {table} AS t WHERE {there}) AND NOT EXISTS (SELECT 1 FROM {trash} AS x WHERE {trashed})
