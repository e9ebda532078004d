-- As before any insert; a number that is given in full and lies in the trash is the old row, back again.
CREATE TRIGGER {name} BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE {clash}) OR EXISTS (SELECT 1 FROM {displaced})
     OR EXISTS (SELECT 1 FROM {trash} WHERE {slot} = +NEW.{key})
BEGIN
    DELETE FROM {displaced};
    INSERT INTO {displaced} ({slots}) SELECT {columns} FROM {table} WHERE {clash};
    INSERT INTO {displaced} ({slots}) SELECT {slots} FROM {trash} WHERE {slot} = +NEW.{key};
END
