-- The short number of a replica.
SELECT no FROM lifeboat_replica WHERE id = ?1
