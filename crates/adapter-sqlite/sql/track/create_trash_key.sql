-- A tombstone is found by its key.
CREATE UNIQUE INDEX {index} ON {trash} ({keys})
