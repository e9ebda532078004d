-- The highest number of each counted table when an epoch was opened: what is above it was born in it.
CREATE TABLE lifeboat_mark (
    table_no INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    replica INTEGER NOT NULL,
    highest INTEGER NOT NULL,
    PRIMARY KEY (table_no, epoch)
) WITHOUT ROWID
