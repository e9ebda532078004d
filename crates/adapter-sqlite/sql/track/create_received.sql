-- Writes of other replicas, as they came; keys are those of this copy.
CREATE TABLE lifeboat_received (
    replica INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    hlc INTEGER NOT NULL,
    table_no INTEGER NOT NULL,
    cells INTEGER,
    stamp INTEGER NOT NULL,
    key,
    PRIMARY KEY (replica, seq)
) WITHOUT ROWID
