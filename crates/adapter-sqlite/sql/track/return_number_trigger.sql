-- A number is there that was somebody's, or lies below the mark.
CREATE TRIGGER {name} AFTER INSERT ON {table}
WHEN NEW.{key} <= {highest} OR EXISTS (SELECT 1 FROM {trash} WHERE {slot} = +NEW.{key})
BEGIN
    {body};
END
