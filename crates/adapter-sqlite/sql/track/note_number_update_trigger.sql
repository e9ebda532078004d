-- As for an insert: a row that gets another number takes the place of the one that has or had it.
CREATE TRIGGER {name} BEFORE UPDATE ON {table}
WHEN NEW.{key} <> OLD.{key} AND (EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) OR EXISTS (SELECT 1 FROM {trash} WHERE {slot} = +NEW.{key}))
BEGIN
    DELETE FROM lifeboat_note WHERE table_no = {table_no};
    INSERT INTO lifeboat_note (table_no, number, there)
    SELECT {table_no}, NEW.{key}, EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key});
END
