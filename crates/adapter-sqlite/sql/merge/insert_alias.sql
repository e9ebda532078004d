-- A member of a class, with its birth.
INSERT INTO lifeboat_alias (table_no, member, class, hlc, stamp, replica) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
