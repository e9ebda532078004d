-- The next short number.
SELECT max(no) + 1 FROM lifeboat_replica
