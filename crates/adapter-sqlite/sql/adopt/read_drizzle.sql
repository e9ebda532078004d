-- The ledger of Drizzle: when a step was made, and SHA-256 of the file.
SELECT CAST(CAST(created_at AS INTEGER) AS TEXT), '', hash, 0 FROM __drizzle_migrations ORDER BY created_at
