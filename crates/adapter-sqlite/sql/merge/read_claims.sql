-- Natural keys under which a row was entered.
SELECT {columns} FROM {claim} WHERE {same}
