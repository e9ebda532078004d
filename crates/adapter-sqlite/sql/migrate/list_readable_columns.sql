-- Columns that have a value, computed ones too.
SELECT name FROM pragma_table_xinfo(?1, 'main') WHERE hidden IN (0, 2, 3)
