-- Rows that both have with another value in any column.
SELECT count(*) FROM main.{table} AS a JOIN point.{table} AS b ON {keys} WHERE {differences}
