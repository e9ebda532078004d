-- The ledger is the truth about what was applied (docs/formats/ledger.md). No STRICT: old clients must open it.
CREATE TABLE IF NOT EXISTS main.lifeboat_migrations (
  entry INTEGER PRIMARY KEY,
  id INTEGER NOT NULL,
  name TEXT NOT NULL,
  hash TEXT NOT NULL,
  applied_at TEXT NOT NULL,
  app_version TEXT,
  lifeboat_version TEXT NOT NULL,
  duration_ms INTEGER NOT NULL,
  restore_point TEXT,
  outcome TEXT NOT NULL,
  reason TEXT
)
