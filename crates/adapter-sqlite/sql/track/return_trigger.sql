-- A row is there that lay in the trash.
CREATE TRIGGER {name} AFTER INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {trash} WHERE {same})
BEGIN
    {body};
END
