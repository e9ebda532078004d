-- In WAL a power cut may lose the last commits but never the database; one fsync a checkpoint.
PRAGMA synchronous = NORMAL
