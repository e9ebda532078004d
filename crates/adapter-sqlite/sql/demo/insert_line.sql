-- A line of an invoice.
INSERT INTO invoice_line (invoice_id, product_id, quantity, price_cents, label) VALUES (?1, ?2, ?3, ?4, ?5)
