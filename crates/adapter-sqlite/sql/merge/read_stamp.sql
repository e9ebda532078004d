-- When one own line was written.
SELECT hlc, stamp FROM lifeboat_journal WHERE seq = ?1
