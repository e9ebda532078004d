-- Under which names this copy wrote, and from which line on.
SELECT replica, first_seq FROM lifeboat_epoch ORDER BY no
