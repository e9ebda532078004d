-- Where a row was born whose number does not tell it.
SELECT replica, origin FROM lifeboat_number WHERE table_no = ?1 AND number = ?2
