-- Rows that are not shown as all known writes say; the row as it is lies in image where the table does not show it.
CREATE TABLE lifeboat_repair (
    table_no INTEGER NOT NULL,
    member BLOB NOT NULL,
    shown TEXT NOT NULL,
    nulled INTEGER NOT NULL,
    image BLOB,
    PRIMARY KEY (table_no, member)
) WITHOUT ROWID
