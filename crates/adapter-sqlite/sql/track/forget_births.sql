-- These rows do not differ from how they were born any more.
DELETE FROM {trash} WHERE rowid IN (SELECT born FROM temp.lifeboat_births)
