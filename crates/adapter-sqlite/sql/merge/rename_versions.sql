-- Versions of the branch.
UPDATE lifeboat_version SET replica = ?2 WHERE replica = ?1 AND seq > ?3
