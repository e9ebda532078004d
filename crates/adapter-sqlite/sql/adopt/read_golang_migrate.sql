-- The ledger of golang-migrate: the last number, and whether it ended.
SELECT CAST(version AS TEXT), '', NULL, dirty FROM schema_migrations
