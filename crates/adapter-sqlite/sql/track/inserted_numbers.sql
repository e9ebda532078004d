-- Numbers of rows that a step has made, above all that were there.
SELECT DISTINCT key FROM lifeboat_journal WHERE seq > ?1 AND table_no = ?2 AND cells IS NULL AND key > ?3 ORDER BY key LIMIT ?4
