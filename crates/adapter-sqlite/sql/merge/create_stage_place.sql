-- Decided rows by what they hold.
CREATE TEMP TABLE lifeboat_stage_place (
    at INTEGER NOT NULL, place BLOB NOT NULL, row_key BLOB NOT NULL, PRIMARY KEY (at, place, row_key)
) WITHOUT ROWID
