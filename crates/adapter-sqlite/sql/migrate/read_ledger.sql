-- Every line of the ledger, in the order in which they were written.
SELECT id, name, hash, applied_at, app_version, lifeboat_version, duration_ms, restore_point, outcome, reason
FROM main.lifeboat_migrations ORDER BY entry
