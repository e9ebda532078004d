-- The same, asked the other way round.
CREATE UNIQUE INDEX lifeboat_number_origin ON lifeboat_number (table_no, replica, origin)
