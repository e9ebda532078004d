-- Births of the branch.
UPDATE lifeboat_alias SET replica = ?2 WHERE replica = ?1 AND hlc > ?3
