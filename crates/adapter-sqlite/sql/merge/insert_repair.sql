-- A row that is not shown as it is.
INSERT INTO lifeboat_repair (table_no, member, shown, nulled, image) VALUES (?1, ?2, ?3, ?4, ?5)
