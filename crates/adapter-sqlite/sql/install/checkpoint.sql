-- Moves the log into the database file and empties it; best effort beside readers.
PRAGMA wal_checkpoint(TRUNCATE)
