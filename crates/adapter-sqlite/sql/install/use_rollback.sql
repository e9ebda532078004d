-- Sets the two journal-mode bytes of the header to the rollback journal.
PRAGMA journal_mode = DELETE
