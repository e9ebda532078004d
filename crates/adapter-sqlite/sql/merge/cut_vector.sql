-- Of the old name only this much is known.
UPDATE lifeboat_vector SET seq = min(seq, ?2) WHERE replica = ?1
