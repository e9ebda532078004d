-- A natural key under which a row was entered elsewhere.
INSERT OR IGNORE INTO {claim} ({columns}) VALUES ({values})
