-- Every setting is read back: an old engine ignores a pragma that it does not know.
SELECT (SELECT journal_mode FROM pragma_journal_mode) AS journal_mode,
       (SELECT synchronous FROM pragma_synchronous) AS synchronous,
       (SELECT foreign_keys FROM pragma_foreign_keys) AS foreign_keys,
       (SELECT trusted_schema FROM pragma_trusted_schema) AS trusted_schema,
       (SELECT cell_size_check FROM pragma_cell_size_check) AS cell_size_check,
       (SELECT application_id FROM pragma_application_id) AS application_id
