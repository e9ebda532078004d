-- The ledger of sqlx: number, words, SHA-384 of the file, and whether it ended well.
SELECT CAST(version AS TEXT), description, lower(hex(checksum)), success = 0 FROM _sqlx_migrations ORDER BY version
