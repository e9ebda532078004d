-- And claim what they are called.
INSERT OR IGNORE INTO {claim} ({slots}) SELECT {columns} FROM {table} WHERE {named}
