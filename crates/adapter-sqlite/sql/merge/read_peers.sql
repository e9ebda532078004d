-- What each peer was known to have.
SELECT peer, replica, seq FROM lifeboat_peer ORDER BY peer
