-- As before an insert; a row is not in its own way.
CREATE TRIGGER {name} BEFORE UPDATE ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE ({clash}) AND ({other})) OR EXISTS (SELECT 1 FROM {displaced})
BEGIN
    DELETE FROM {displaced};
    INSERT INTO {displaced} ({slots}) SELECT {columns} FROM {table} WHERE ({clash}) AND ({other});
END
