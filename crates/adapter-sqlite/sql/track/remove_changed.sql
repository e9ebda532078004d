-- Rows that a client changed although they stay as they were born.
DELETE FROM {table} WHERE ({keys}) IN (SELECT {slots} FROM {trash} WHERE rowid IN (SELECT born FROM temp.lifeboat_births))
