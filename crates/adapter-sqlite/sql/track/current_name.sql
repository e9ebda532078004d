-- Under which name this copy writes.
SELECT replica FROM lifeboat_epoch ORDER BY no DESC LIMIT 1
