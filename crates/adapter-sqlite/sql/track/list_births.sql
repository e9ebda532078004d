-- Rows that differ from how they were born, and can be so again: their parents are there.
CREATE TEMP TABLE lifeboat_births AS SELECT x.rowid AS born FROM {trash} AS x WHERE {held}
