-- Which number the row of an old line has now: the first reuse after the line moved it.
SELECT coalesce(lives, -9223372036854775807 + seq) FROM lifeboat_reuse
WHERE table_no = ?1 AND number = ?2 AND seq > ?3 ORDER BY seq LIMIT 1
