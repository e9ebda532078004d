-- Before a row comes in, those that it may push aside are noted: REPLACE deletes them without a DELETE trigger. What an
-- earlier write noted is forgotten first, so that notes are always of the write under way.
CREATE TRIGGER {name} BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE {clash}) OR EXISTS (SELECT 1 FROM {displaced})
BEGIN
    DELETE FROM {displaced};
    INSERT INTO {displaced} ({slots}) SELECT {columns} FROM {table} WHERE {clash};
END
