-- A row that the branch made is another one than that which the other branch numbered alike.
INSERT INTO lifeboat_number (table_no, number, replica, origin) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (table_no, number) DO UPDATE SET replica = excluded.replica, origin = excluded.origin
