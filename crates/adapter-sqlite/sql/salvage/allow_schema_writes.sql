-- Only while virtual tables are entered.
PRAGMA writable_schema = ON
