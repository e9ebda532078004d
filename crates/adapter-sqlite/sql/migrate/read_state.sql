-- Moves with every change of the schema, and with every row that this connection changes.
SELECT (SELECT schema_version FROM pragma_schema_version), total_changes()
