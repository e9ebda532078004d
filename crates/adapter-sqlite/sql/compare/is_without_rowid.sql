-- A table without row numbers is compared by its primary key.
SELECT count(*) FROM pragma_table_list WHERE schema = ?1 AND name = ?2 AND wr
