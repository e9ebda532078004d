-- All is decided again.
DELETE FROM temp.lifeboat_stage
