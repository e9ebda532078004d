-- Every merge that was carried out: by its id an interrupted one is told from one that took place.
CREATE TABLE lifeboat_merge (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    replica INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    findings INTEGER NOT NULL
)
