-- Up to where lines were dropped.
SELECT replica, seq FROM lifeboat_floor
