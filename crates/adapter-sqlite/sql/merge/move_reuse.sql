-- And its old lines lead there.
UPDATE lifeboat_reuse SET lives = ?3
WHERE table_no = ?1 AND coalesce(lives, -9223372036854775807 + seq) = ?2
