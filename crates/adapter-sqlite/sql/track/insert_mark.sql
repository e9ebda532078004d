-- How far a counted table was counted when the epoch was opened; what AUTOINCREMENT gave away counts too.
INSERT INTO lifeboat_mark (table_no, epoch, replica, highest) VALUES (?1, (SELECT max(no) FROM lifeboat_epoch), ?2, ?3)
