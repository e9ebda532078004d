-- Tracked tables keep their number, whatever they are called; the rule is kept as a digest, and the policy by its word.
CREATE TABLE lifeboat_table (
    no INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    rule TEXT NOT NULL,
    tracked INTEGER NOT NULL,
    policy TEXT NOT NULL DEFAULT ''
)
