-- Under which name this copy writes, from which line on.
CREATE TABLE lifeboat_epoch (no INTEGER PRIMARY KEY, replica INTEGER NOT NULL, first_seq INTEGER NOT NULL)
