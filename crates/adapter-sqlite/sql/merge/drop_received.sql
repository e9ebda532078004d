-- Own lines that came back under the branch's name.
DELETE FROM lifeboat_received WHERE replica = ?1 AND seq >= ?2 AND seq <= ?3
