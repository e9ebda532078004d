-- Ends a transaction that wrote nothing; a lock that is kept beyond it stays.
COMMIT
