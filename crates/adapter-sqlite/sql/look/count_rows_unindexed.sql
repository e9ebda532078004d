-- The same without an index, for tables whose index needs a collation of the application.
SELECT count(*) FROM {table} NOT INDEXED
