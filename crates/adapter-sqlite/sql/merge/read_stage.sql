-- What was decided of a row.
SELECT state, image FROM temp.lifeboat_stage WHERE at = ?1 AND row_key = ?2 AND state IS NOT NULL
