-- From now on this is known.
INSERT INTO lifeboat_vector (replica, seq) VALUES (?1, ?2)
ON CONFLICT (replica) DO UPDATE SET seq = max(seq, excluded.seq)
