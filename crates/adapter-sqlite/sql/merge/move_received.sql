-- And the lines that came from elsewhere.
UPDATE lifeboat_received SET key = ?3 WHERE table_no = ?1 AND key = ?2
