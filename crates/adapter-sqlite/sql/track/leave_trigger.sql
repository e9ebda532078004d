-- A key that changes is another row: the old one is gone,
CREATE TRIGGER {name} AFTER UPDATE ON {table} WHEN {known} AND NOT ({kept})
BEGIN
    {body};
END
