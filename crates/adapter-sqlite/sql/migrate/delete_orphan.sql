-- And leaves its table.
DELETE FROM main.{table} WHERE {key} = ?1
