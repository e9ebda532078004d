-- One of them.
INSERT INTO temp.{name} (at, row_key, replica, seq, hlc, stamp, change) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
