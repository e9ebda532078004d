-- A row has changed and is the same row.
CREATE TRIGGER {name} AFTER UPDATE ON {table} WHEN {known} AND {kept}
BEGIN
    {body};
END
