-- A number that is given in full (the engine shows -1 for one that it will draw) and is known: the row comes back, or is
-- replaced where it stands. What an earlier write noted is forgotten first.
CREATE TRIGGER {name} BEFORE INSERT ON {table}
WHEN (NEW.{key} <> -1 AND (EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) OR EXISTS (SELECT 1 FROM {trash} WHERE {slot} = +NEW.{key})))
     OR EXISTS (SELECT 1 FROM lifeboat_note WHERE table_no = {table_no})
BEGIN
    DELETE FROM lifeboat_note WHERE table_no = {table_no};
    INSERT INTO lifeboat_note (table_no, number, there)
    SELECT {table_no}, NEW.{key}, EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})
    WHERE NEW.{key} <> -1 AND (EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) OR EXISTS (SELECT 1 FROM {trash} WHERE {slot} = +NEW.{key}));
END
