-- What a plan has decided, by row. state: 0 another key stands for it, 1 deleted, 2 there; none where it was only touched.
CREATE TEMP TABLE lifeboat_stage (
    at INTEGER NOT NULL, row_key BLOB NOT NULL, touched INTEGER NOT NULL DEFAULT 0, state INTEGER, image BLOB,
    PRIMARY KEY (at, row_key)
) WITHOUT ROWID
