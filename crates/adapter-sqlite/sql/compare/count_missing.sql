-- Rows of one side whose key the other side does not have.
SELECT count(*) FROM {here}.{table} AS a
WHERE NOT EXISTS (SELECT 1 FROM {there}.{table} AS b WHERE {keys})
