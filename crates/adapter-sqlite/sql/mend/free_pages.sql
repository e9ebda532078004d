-- Gives free pages at the end of the file back.
PRAGMA incremental_vacuum
