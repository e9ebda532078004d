-- Everything that makes up the schema; what ANALYZE and AUTOINCREMENT add by themselves is left out.
SELECT type, name, tbl_name, sql FROM sqlite_schema
WHERE substr(name, 1, 7) <> 'sqlite_' ORDER BY type, name, tbl_name
