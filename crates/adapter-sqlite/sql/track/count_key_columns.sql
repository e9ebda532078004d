-- How many columns lines have for a key.
SELECT count(*) FROM pragma_table_info(?1, 'main') WHERE name = 'key' OR name GLOB 'key[0-9]*'
