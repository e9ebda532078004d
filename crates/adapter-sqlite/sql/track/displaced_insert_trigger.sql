-- What was noted before the insert and is gone was pushed aside.
CREATE TRIGGER {name} AFTER INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {displaced})
BEGIN
    {body};
END
