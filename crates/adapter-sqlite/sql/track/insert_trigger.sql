-- A row is there.
CREATE TRIGGER {name} AFTER INSERT ON {table} WHEN {known}
BEGIN
    {body};
END
