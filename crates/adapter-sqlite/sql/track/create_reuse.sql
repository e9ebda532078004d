-- From this line of the journal on, the number is another row's. What had it before lies buried under floor + line, or lives elsewhere.
CREATE TABLE lifeboat_reuse (
    table_no INTEGER NOT NULL,
    number INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    lives INTEGER,
    PRIMARY KEY (table_no, number, seq)
) WITHOUT ROWID
