-- The number that a client has given in full to the row under way, and whether a row had it.
CREATE TABLE lifeboat_note (table_no INTEGER PRIMARY KEY, number INTEGER NOT NULL, there INTEGER NOT NULL)
