-- The ledger of refinery: a step is in it only when it ended.
SELECT CAST(version AS TEXT), name, CAST(checksum AS TEXT), 0 FROM refinery_schema_history ORDER BY version
