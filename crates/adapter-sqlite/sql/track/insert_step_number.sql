-- A row that a step has made is the same on every copy on which it says the same.
INSERT OR IGNORE INTO lifeboat_number (table_no, number, replica, origin) VALUES (?1, ?2, ?3, ?4)
