-- What marks a database as tracked: one line. Bookkeeping must not stop old clients, so no table of ours is STRICT.
CREATE TABLE lifeboat_tracking (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    format INTEGER NOT NULL,
    genesis BLOB NOT NULL,
    audited INTEGER NOT NULL,
    merged INTEGER NOT NULL
)
