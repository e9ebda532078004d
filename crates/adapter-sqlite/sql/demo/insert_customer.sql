-- A customer of the demonstration shop.
INSERT INTO customer (id, name, email, city) VALUES (?1, ?2, ?3, ?4)
