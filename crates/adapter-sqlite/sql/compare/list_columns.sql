-- Stored columns in order, with their place in the primary key.
SELECT name, pk FROM pragma_table_info(?1, ?2) ORDER BY cid
