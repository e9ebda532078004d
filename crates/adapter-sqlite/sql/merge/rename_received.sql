-- Lines of a branch get its name; what was known under it already is the same.
UPDATE OR REPLACE lifeboat_received SET replica = ?2 WHERE replica = ?1 AND seq > ?3
