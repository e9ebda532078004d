-- Open conflicts.
SELECT table_no, member, cell, replica, seq, hlc, stamp, value FROM lifeboat_version
