-- The next rows to look at.
SELECT at, row_key FROM temp.lifeboat_stage WHERE touched AND (at, row_key) > (?1, ?2) ORDER BY at, row_key LIMIT ?3
