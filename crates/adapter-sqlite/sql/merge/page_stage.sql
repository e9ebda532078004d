-- The next decided rows.
SELECT at, row_key, state, image FROM temp.lifeboat_stage
WHERE state IS NOT NULL AND (at, row_key) > (?1, ?2) ORDER BY at, row_key LIMIT ?3
