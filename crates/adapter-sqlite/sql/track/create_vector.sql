-- The highest write known of each other replica.
CREATE TABLE lifeboat_vector (replica INTEGER PRIMARY KEY, seq INTEGER NOT NULL)
