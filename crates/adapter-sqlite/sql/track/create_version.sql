-- Open conflicts: every version of a cell that no later write knew.
CREATE TABLE lifeboat_version (
    table_no INTEGER NOT NULL,
    member BLOB NOT NULL,
    cell INTEGER NOT NULL,
    replica INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    hlc INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    value,
    PRIMARY KEY (table_no, member, cell, replica, seq)
) WITHOUT ROWID
