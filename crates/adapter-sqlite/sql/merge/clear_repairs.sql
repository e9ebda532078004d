-- Written anew, whole.
DELETE FROM lifeboat_repair
