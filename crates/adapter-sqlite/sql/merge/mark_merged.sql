-- Up to here all is settled.
UPDATE lifeboat_tracking SET merged = (SELECT max(seq) FROM lifeboat_journal)
