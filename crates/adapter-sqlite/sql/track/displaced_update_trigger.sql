-- What was noted before the update and is gone was pushed aside.
CREATE TRIGGER {name} AFTER UPDATE ON {table} WHEN EXISTS (SELECT 1 FROM {displaced})
BEGIN
    {body};
END
