-- Refused while anybody reads or writes in rollback-journal mode.
BEGIN EXCLUSIVE
