-- A version of a cell.
INSERT INTO lifeboat_version (table_no, member, cell, replica, seq, hlc, stamp, value) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
