-- Which branch a peer knew beyond the shared writes is not certain.
UPDATE lifeboat_peer SET seq = min(seq, ?2) WHERE replica = ?1
