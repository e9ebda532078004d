-- A number of the parent is another row's from now on: tombstones of children mean the old one.
CREATE TRIGGER {name} AFTER INSERT ON lifeboat_reuse WHEN NEW.table_no = {parent}
BEGIN
    UPDATE {trash} SET {slot} = -9223372036854775807 + NEW.seq WHERE {slot} = +NEW.number;
END
