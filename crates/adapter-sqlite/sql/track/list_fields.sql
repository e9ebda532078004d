-- Stored columns with declared type, and their place in the key; computed ones are computed everywhere.
SELECT name, type, "notnull", pk FROM pragma_table_xinfo(?1, 'main') WHERE hidden = 0 ORDER BY cid
