-- The first line of another replica.
SELECT min(seq) FROM lifeboat_received WHERE replica = ?1
