-- Its claims go with it.
CREATE TRIGGER {name} AFTER INSERT ON lifeboat_reuse WHEN NEW.table_no = {table_no}
BEGIN
    UPDATE {claim} SET {slot} = -9223372036854775807 + NEW.seq WHERE {slot} = +NEW.number;
END
