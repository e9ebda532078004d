-- A declared type with INT in it has integer affinity (datatype3.html, section 3.1).
SELECT count(*) FROM pragma_table_info(?1) WHERE name = ?2 COLLATE NOCASE AND type LIKE '%int%'
