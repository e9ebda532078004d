-- What a column holds where nobody says it: an expression, as the schema has it.
SELECT dflt_value FROM pragma_table_xinfo(?1, 'main') WHERE name = ?2 COLLATE NOCASE
