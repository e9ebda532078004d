-- Rows that a step changed do not differ from how they were born: they were born so.
DELETE FROM {trash} WHERE ({slots}) IN (SELECT {line} FROM lifeboat_journal WHERE seq > {last} AND table_no = {table_no})
