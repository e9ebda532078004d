-- The ledger of Django: application and step.
SELECT app || '.' || name, name, NULL, 0 FROM django_migrations ORDER BY id
