-- Lines up to here were dropped.
INSERT INTO lifeboat_floor (replica, seq) VALUES (?1, ?2)
ON CONFLICT (replica) DO UPDATE SET seq = max(seq, excluded.seq)
