-- A note with its scan.
INSERT INTO note (id, customer_id, body, scan) VALUES (?1, ?2, ?3, ?4)
