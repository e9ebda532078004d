-- Nobody else opens a draft; without shared memory there is no file to leave behind.
PRAGMA locking_mode = EXCLUSIVE
