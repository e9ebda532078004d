-- A branch writes under a name of its own from this line on.
INSERT INTO lifeboat_epoch (no, replica, first_seq) VALUES (?1, ?2, ?3)
