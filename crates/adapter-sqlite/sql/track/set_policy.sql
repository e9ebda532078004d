-- How concurrent changes of the table meet.
UPDATE lifeboat_table SET policy = ?2 WHERE no = ?1
