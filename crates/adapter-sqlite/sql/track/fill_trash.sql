-- The whole row is kept.
INSERT INTO {trash} ({slots}) VALUES ({values})
