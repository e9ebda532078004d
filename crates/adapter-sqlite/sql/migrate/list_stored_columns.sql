-- Columns that can be written: generated ones are computed again.
SELECT name FROM pragma_table_xinfo(?1, 'main') WHERE hidden = 0
