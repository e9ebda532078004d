-- The cheap guard against older builds: the number of the last step.
PRAGMA user_version = {number}
