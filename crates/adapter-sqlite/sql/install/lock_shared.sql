-- The lock goes back with the next read.
PRAGMA locking_mode = NORMAL
