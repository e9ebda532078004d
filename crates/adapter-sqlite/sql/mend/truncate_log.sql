-- The log goes back into the file and gives its space back.
PRAGMA wal_checkpoint(TRUNCATE)
