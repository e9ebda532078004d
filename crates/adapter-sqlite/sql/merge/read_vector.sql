-- What is known of others.
SELECT replica, seq FROM lifeboat_vector
