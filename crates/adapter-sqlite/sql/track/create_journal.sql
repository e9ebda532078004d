-- Every write of this replica, a line each. The last line is never removed: counter, clock and fork anchor in one.
CREATE TABLE lifeboat_journal (
    seq INTEGER PRIMARY KEY,
    hlc INTEGER NOT NULL,
    table_no INTEGER NOT NULL,
    cells INTEGER,
    stamp INTEGER NOT NULL,
    key
)
