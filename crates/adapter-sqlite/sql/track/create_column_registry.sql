-- A column keeps its bit for good, also when it is renamed or dropped.
CREATE TABLE lifeboat_column (
    table_no INTEGER NOT NULL,
    bit INTEGER NOT NULL,
    name TEXT NOT NULL,
    dropped INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (table_no, bit)
) WITHOUT ROWID
