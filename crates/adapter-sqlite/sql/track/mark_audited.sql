-- Up to here the triggers were as they should be.
UPDATE lifeboat_tracking SET audited = (SELECT max(seq) FROM lifeboat_journal)
