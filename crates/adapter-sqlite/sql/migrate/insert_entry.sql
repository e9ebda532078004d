-- One line, in the same transaction as the step itself.
INSERT INTO main.lifeboat_migrations
  (id, name, hash, applied_at, app_version, lifeboat_version, duration_ms, restore_point, outcome, reason)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
