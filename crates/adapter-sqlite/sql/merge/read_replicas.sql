-- Names by short number.
SELECT no, id FROM lifeboat_replica
