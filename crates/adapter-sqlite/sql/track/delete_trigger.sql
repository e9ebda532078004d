-- A row is gone.
CREATE TRIGGER {name} AFTER DELETE ON {table} WHEN {known}
BEGIN
    {body};
END
