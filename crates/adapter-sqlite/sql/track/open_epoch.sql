-- From here on this copy writes under this name.
INSERT INTO lifeboat_epoch (no, replica, first_seq)
SELECT (SELECT count(*) FROM lifeboat_epoch) + 1, ?1, (SELECT seq FROM lifeboat_journal ORDER BY seq DESC LIMIT 1) + 1
