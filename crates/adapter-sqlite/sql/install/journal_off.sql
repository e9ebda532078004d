-- A draft that fails is thrown away: it needs no journal.
PRAGMA journal_mode = OFF
