-- Enough rows for branches, long values for overflow pages, deleted rows for free pages.
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
INSERT INTO customer SELECT i, 'customer ' || i, CASE i % 3 WHEN 0 THEN NULL ELSE 'Zürich ' || i END, i / 4.0,
  CASE WHEN i % 100 = 0 THEN randomblob(9000) ELSE NULL END FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
INSERT INTO invoice (id, customer_id, total_cents, issued, memo) SELECT i * 2, 1 + i % 1500, i * 101, date('2024-01-01', i || ' hours'),
  CASE WHEN i % 250 = 0 THEN hex(randomblob(4000)) END FROM n;
ALTER TABLE customer ADD COLUMN since TEXT DEFAULT 'always';
INSERT INTO customer (id, name, since) VALUES (-7, 'negative', '2020'), (9223372036854775807, 'last', '2021');
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 800)
INSERT INTO tag SELECT 'word ' || i, 'kind ' || (i % 7), i FROM n;
INSERT INTO log VALUES ('a', 1), ('b', 1.5), ('c', 'x'), ('d', x'00ff'), ('e', NULL);
INSERT INTO "odd ""name""" VALUES ('x', 'y'), (NULL, 'z');
INSERT INTO words VALUES ('the quick brown fox'), ('jumps over');
CREATE TABLE doomed (id INTEGER PRIMARY KEY, body TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
INSERT INTO doomed SELECT i, 'deleted ' || hex(randomblob(50)) FROM n;
DROP TABLE doomed;
