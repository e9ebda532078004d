-- A column is no more; its bit stays taken.
UPDATE lifeboat_column SET dropped = 1 WHERE table_no = ?1 AND bit = ?2
