-- Every merge that was carried out, with its report.
CREATE TABLE lifeboat_merge (
    id TEXT PRIMARY KEY,
    at TEXT NOT NULL,
    replica INTEGER NOT NULL,
    restore_point TEXT,
    report TEXT NOT NULL
)
