-- A virtual table as it stood: making it anew would make its shadow tables, and they come back with their rows.
INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES ('table', ?1, ?1, 0, ?2)
