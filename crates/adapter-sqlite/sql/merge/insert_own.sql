-- A line of this copy's own name that another copy of it has written: the counter goes on behind it.
INSERT INTO lifeboat_journal (seq, hlc, table_no, cells, stamp, {keys}) VALUES (?, ?, ?, ?, ?, {values})
