-- Found by row.
CREATE INDEX temp.lifeboat_rests_on_key ON lifeboat_rests_on (table_no, key)
