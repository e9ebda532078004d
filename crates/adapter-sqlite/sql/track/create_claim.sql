-- Under which natural keys rows were entered, once and for all.
CREATE TABLE {claim} ({slots}, PRIMARY KEY ({slots})) WITHOUT ROWID
