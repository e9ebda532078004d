-- The ledger of Diesel: numbers alone.
SELECT version, '', NULL, 0 FROM __diesel_schema_migrations ORDER BY version
