-- A replica gets its short number.
INSERT INTO lifeboat_replica (no, id) VALUES (?1, ?2)
