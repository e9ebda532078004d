-- Their rows are the business of their virtual table, which moves them about as it likes.
SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'
