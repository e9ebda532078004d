-- And reads the schema again.
PRAGMA writable_schema = RESET
