-- A bit of everything that a record can hold and a table can be.
CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT DEFAULT 'nowhere', rating REAL, note BLOB);
CREATE TABLE invoice (id INTEGER PRIMARY KEY AUTOINCREMENT, customer_id INTEGER NOT NULL REFERENCES customer(id),
                      total_cents INTEGER NOT NULL, issued TEXT NOT NULL, doubled INTEGER AS (total_cents * 2) STORED,
                      tripled INTEGER AS (total_cents * 3) VIRTUAL, memo TEXT);
CREATE TABLE tag (word TEXT, kind TEXT, weight INTEGER, PRIMARY KEY (kind, word)) WITHOUT ROWID;
CREATE TABLE log (at TEXT, what ANY) STRICT;
CREATE TABLE "odd ""name""" ("a b" TEXT, rowid TEXT);
CREATE UNIQUE INDEX customer_name ON customer (name);
CREATE INDEX invoice_customer ON invoice (customer_id, issued);
CREATE VIEW owed AS SELECT customer_id, sum(total_cents) AS cents FROM invoice GROUP BY customer_id;
CREATE TRIGGER no_delete BEFORE DELETE ON invoice WHEN old.total_cents > 0 BEGIN SELECT raise(ABORT, 'kept'); END;
CREATE VIRTUAL TABLE words USING fts5(body);
