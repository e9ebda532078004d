-- When one line of another replica was written.
SELECT hlc, stamp FROM lifeboat_received WHERE replica = ?1 AND seq = ?2
