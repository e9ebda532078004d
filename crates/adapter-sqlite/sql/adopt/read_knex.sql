-- The ledger of Knex: names of files.
SELECT name, name, NULL, 0 FROM knex_migrations ORDER BY id
