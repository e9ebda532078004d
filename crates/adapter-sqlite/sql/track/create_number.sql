-- Rows whose number does not tell where they were born: they came from elsewhere, or their number was another row's.
CREATE TABLE lifeboat_number (
    table_no INTEGER NOT NULL,
    number INTEGER NOT NULL,
    replica INTEGER NOT NULL,
    origin INTEGER NOT NULL,
    PRIMARY KEY (table_no, number)
) WITHOUT ROWID
