-- As they were born.
INSERT INTO {table} ({columns}) SELECT {slots} FROM {trash} WHERE rowid IN (SELECT born FROM temp.lifeboat_births)
