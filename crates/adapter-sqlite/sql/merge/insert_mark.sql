-- How far a counted table was counted when the branch got its name.
INSERT INTO lifeboat_mark (table_no, epoch, replica, highest) VALUES (?1, ?2, ?3, ?4)
