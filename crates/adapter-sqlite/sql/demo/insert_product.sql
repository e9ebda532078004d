-- A product of the demonstration shop.
INSERT INTO product (id, name, price_cents) VALUES (?1, ?2, ?3)
