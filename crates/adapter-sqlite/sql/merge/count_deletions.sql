-- How many own lines of a range are deletions.
SELECT count(*) FROM lifeboat_journal WHERE seq >= ?1 AND seq <= ?2 AND cells = -1
