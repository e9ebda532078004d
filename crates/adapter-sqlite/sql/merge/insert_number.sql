-- A row from elsewhere gets a number here.
INSERT INTO lifeboat_number (table_no, number, replica, origin) VALUES (?1, ?2, ?3, ?4)
