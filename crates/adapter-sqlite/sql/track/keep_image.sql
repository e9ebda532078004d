-- Rows of an append-only table are as they were born: the first image stays, whatever is done to the row.
INSERT INTO {trash} ({slots}) SELECT {values} WHERE NOT EXISTS (SELECT 1 FROM {trash} WHERE {same})
