-- The engine counts over the smallest index; a temporary table of the same name is another one.
SELECT count(*) FROM main.{table}
