-- The highest number that is written down, and that a client could see.
SELECT coalesce(max(number), 0) FROM lifeboat_number WHERE table_no = ?1 AND number > 0
