-- The next of them.
SELECT at, row_key, replica, seq, hlc, stamp, change FROM temp.{name}
WHERE (at, row_key, replica, seq) > (?1, ?2, ?3, ?4) ORDER BY at, row_key, replica, seq LIMIT ?5
