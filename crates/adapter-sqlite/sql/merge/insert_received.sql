-- A line of another replica.
INSERT INTO lifeboat_received (replica, seq, hlc, table_no, cells, stamp, {keys}) VALUES (?, ?, ?, ?, ?, ?, {values})
