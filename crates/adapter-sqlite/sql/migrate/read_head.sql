-- The last step that is done; 0 before the first.
SELECT coalesce(max(id), 0) FROM main.lifeboat_migrations WHERE outcome IN ('applied', 'adopted')
