-- Moves the log into the database file beside readers and writers, and leaves it in place.
PRAGMA wal_checkpoint(PASSIVE)
