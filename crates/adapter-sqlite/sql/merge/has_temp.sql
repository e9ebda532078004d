-- Is this temporary table there?
SELECT count(*) FROM temp.sqlite_schema WHERE name = ?1
