-- Rows that share a natural key claim it, whenever they came to it.
INSERT OR IGNORE INTO {claim} ({slots}) SELECT {columns} FROM {table}
WHERE {named} AND ({natural}) IN (SELECT {natural} FROM {table} WHERE {named} GROUP BY {natural} HAVING count(*) > 1)
