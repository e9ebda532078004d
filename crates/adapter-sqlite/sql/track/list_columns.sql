-- The bits of a table's columns, dropped ones left out.
SELECT bit, name FROM lifeboat_column WHERE table_no = ?1 AND NOT dropped ORDER BY bit
