-- In a table whose rows stay as they were born a step changes how they were born.
UPDATE lifeboat_journal SET cells = NULL WHERE seq > ?1 AND table_no = ?2 AND cells >= 0
