-- The same, asked by row.
CREATE INDEX {index} ON {claim} ({keys})
