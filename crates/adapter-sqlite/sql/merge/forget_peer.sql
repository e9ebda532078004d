-- Nothing waits for this peer any more.
DELETE FROM lifeboat_peer WHERE peer = ?1
