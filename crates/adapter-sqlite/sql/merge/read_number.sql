-- The same, asked the other way round.
SELECT number FROM lifeboat_number WHERE table_no = ?1 AND replica = ?2 AND origin = ?3
