-- The demonstration shop: integer keys, foreign keys with and without cascade, an index on most child
-- columns and none on one, blobs. The shape of a till's database.
CREATE TABLE customer (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL UNIQUE,
  city TEXT NOT NULL
);
CREATE TABLE product (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  price_cents INTEGER NOT NULL CHECK (price_cents >= 0)
);
CREATE TABLE invoice (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  customer_id INTEGER NOT NULL REFERENCES customer (id),
  issued_on TEXT NOT NULL,
  total_cents INTEGER NOT NULL
);
CREATE INDEX invoice_customer ON invoice (customer_id);
CREATE TABLE invoice_line (
  id INTEGER PRIMARY KEY,
  invoice_id INTEGER NOT NULL REFERENCES invoice (id) ON DELETE CASCADE,
  product_id INTEGER NOT NULL REFERENCES product (id),
  quantity INTEGER NOT NULL,
  price_cents INTEGER NOT NULL,
  label TEXT NOT NULL
);
CREATE INDEX invoice_line_invoice ON invoice_line (invoice_id);
CREATE INDEX invoice_line_product ON invoice_line (product_id);
CREATE TABLE note (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER REFERENCES customer (id),
  body TEXT NOT NULL,
  scan BLOB
);
