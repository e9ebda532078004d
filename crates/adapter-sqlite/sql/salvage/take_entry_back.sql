-- It does not.
ROLLBACK TO entry
