-- An invoice; NULL as id takes the next number.
INSERT INTO invoice (id, customer_id, issued_on, total_cents) VALUES (?1, ?2, ?3, ?4)
