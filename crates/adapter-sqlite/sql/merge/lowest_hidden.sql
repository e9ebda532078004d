-- The next number that no client will ever see.
SELECT coalesce(max(number), -4611686018427387904) + 1 FROM lifeboat_number
WHERE table_no = ?1 AND number BETWEEN -4611686018427387904 AND -2305843009213693952
