-- A statement that fails must be taken back; the file itself is of no use before it is whole.
PRAGMA journal_mode = MEMORY
