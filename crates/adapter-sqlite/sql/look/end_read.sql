-- Gives the instant up; nothing was written.
ROLLBACK
