-- A table as it is called and ruled now.
UPDATE lifeboat_table SET name = ?2, rule = ?3, tracked = ?4 WHERE no = ?1
