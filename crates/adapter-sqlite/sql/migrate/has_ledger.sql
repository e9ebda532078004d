-- Is there a ledger of ours, and are there tables of the application?
SELECT (SELECT count(*) FROM main.sqlite_schema WHERE type = 'table' AND name = 'lifeboat_migrations'),
       (SELECT count(*) FROM main.sqlite_schema
        WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_' AND name <> 'lifeboat_migrations'),
       (SELECT user_version FROM pragma_user_version),
       (SELECT application_id FROM pragma_application_id)
