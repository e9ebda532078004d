-- Up to which write of each replica lines were dropped: every peer had them.
CREATE TABLE lifeboat_floor (replica INTEGER PRIMARY KEY, seq INTEGER NOT NULL)
