-- The merge took place.
INSERT INTO lifeboat_merge (id, at, replica, rows, lines, findings) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
