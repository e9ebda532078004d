-- Pages that a merge goes back to stay in memory: 32 MiB a database, where the default is 2.
PRAGMA cache_size = -32768
