-- The same without an index, for tables whose index needs a collation of the application.
SELECT count(*) FROM main.{table} NOT INDEXED
