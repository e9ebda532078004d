-- A private copy is thrown away where its process dies: rolling back in memory is enough.
PRAGMA journal_mode = MEMORY
