-- Lines of one row.
SELECT at, row_key, replica, seq, hlc, stamp, change FROM temp.{name} WHERE at = ?1 AND row_key = ?2
