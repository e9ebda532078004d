-- Names of replicas are long; lines carry a short number instead. 0 is what was there before tracking began.
CREATE TABLE lifeboat_replica (no INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE)
