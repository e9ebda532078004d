-- Readers never wait for the writer, and a crash loses no committed row.
PRAGMA journal_mode = WAL
