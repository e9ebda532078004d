-- Lines that may have touched a column which the triggers did not know.
UPDATE lifeboat_journal SET cells = cells | ?2 WHERE seq > ?3 AND table_no = ?1 AND cells >= 0
