-- All that the header tells, in one statement.
SELECT (SELECT page_size FROM pragma_page_size),
       (SELECT page_count FROM pragma_page_count),
       (SELECT encoding FROM pragma_encoding),
       (SELECT user_version FROM pragma_user_version),
       (SELECT application_id FROM pragma_application_id),
       (SELECT schema_version FROM pragma_schema_version),
       (SELECT journal_mode FROM pragma_journal_mode),
       sqlite_version()
