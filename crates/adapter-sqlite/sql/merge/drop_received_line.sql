-- Everybody has this write of another replica, and nothing asks for it.
DELETE FROM lifeboat_received WHERE replica = ?1 AND seq = ?2
