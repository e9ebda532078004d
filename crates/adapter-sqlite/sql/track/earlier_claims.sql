-- What was made since claims what it is called.
INSERT OR IGNORE INTO {claim} ({slots}) SELECT {columns} FROM {table} AS t
WHERE {named} AND NOT EXISTS (SELECT 1 FROM point.{table} AS b WHERE {same})
