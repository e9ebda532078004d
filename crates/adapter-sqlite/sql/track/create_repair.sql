-- Rows that are not shown as all known writes say, with the values of references that are shown empty, by the bits of their columns.
CREATE TABLE lifeboat_repair (
    table_no INTEGER NOT NULL,
    member BLOB NOT NULL,
    shown TEXT NOT NULL,
    hidden BLOB,
    PRIMARY KEY (table_no, member)
) WITHOUT ROWID
