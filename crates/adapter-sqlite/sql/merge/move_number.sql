-- A row that lay buried is to be seen again.
UPDATE lifeboat_number SET number = ?3 WHERE table_no = ?1 AND number = ?2
