-- How many lines of another replica of a range are deletions.
SELECT count(*) FROM lifeboat_received WHERE replica = ?1 AND seq >= ?2 AND seq <= ?3 AND cells = -1
