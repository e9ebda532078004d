-- The highest write known of each other replica, and up to which of them lines were dropped.
CREATE TABLE lifeboat_vector (replica INTEGER PRIMARY KEY, seq INTEGER NOT NULL, floor INTEGER NOT NULL DEFAULT 0)
