-- What the database says about its tracking.
SELECT format, genesis,
       (SELECT r.id FROM lifeboat_epoch AS e JOIN lifeboat_replica AS r ON r.no = e.replica ORDER BY e.no DESC LIMIT 1),
       (SELECT max(seq) FROM lifeboat_journal)
FROM lifeboat_tracking
