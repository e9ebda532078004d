-- Knex holds this lock while it works, and after it was killed.
SELECT coalesce(max(is_locked), 0) FROM knex_migrations_lock
