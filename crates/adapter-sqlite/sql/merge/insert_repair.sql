-- A row that is not shown as it is.
INSERT INTO lifeboat_repair (table_no, member, shown, hidden) VALUES (?1, ?2, ?3, ?4)
