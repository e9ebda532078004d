-- A column has another name.
UPDATE lifeboat_column SET name = ?3 WHERE table_no = ?1 AND bit = ?2
