-- The attempt did not count.
ROLLBACK TO attempt
