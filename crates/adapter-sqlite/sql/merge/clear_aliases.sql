-- Written anew, whole.
DELETE FROM lifeboat_alias
