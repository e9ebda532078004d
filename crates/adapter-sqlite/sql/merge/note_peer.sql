-- What the peer was known to have.
INSERT INTO lifeboat_peer (peer, replica, seq) VALUES (?1, ?2, ?3)
ON CONFLICT (peer, replica) DO UPDATE SET seq = max(seq, excluded.seq)
