-- Lines by row, in the order in which both sides are walked; the file goes with the connection.
CREATE TEMP TABLE {name} (
    at INTEGER NOT NULL, row_key BLOB NOT NULL, replica BLOB NOT NULL, seq INTEGER NOT NULL,
    hlc INTEGER NOT NULL, stamp INTEGER NOT NULL, change INTEGER,
    PRIMARY KEY (at, row_key, replica, seq)
) WITHOUT ROWID
