-- Rows under different keys that are one thing: classes by number, each member with its birth.
CREATE TABLE lifeboat_alias (
    table_no INTEGER NOT NULL,
    member BLOB NOT NULL,
    class INTEGER NOT NULL,
    hlc INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    replica INTEGER NOT NULL,
    PRIMARY KEY (table_no, member)
) WITHOUT ROWID
