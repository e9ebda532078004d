-- The row that had the number gets another one, which no client can see; the new row is called by the write that made it.
CREATE TRIGGER {name} AFTER INSERT ON lifeboat_reuse WHEN NEW.table_no = {table_no}
BEGIN
    UPDATE lifeboat_number SET number = -9223372036854775807 + NEW.seq
    WHERE table_no = {table_no} AND number = NEW.number;
    INSERT INTO lifeboat_number (table_no, number, replica, origin)
    SELECT {table_no}, -9223372036854775807 + NEW.seq,
           coalesce((SELECT replica FROM lifeboat_mark WHERE table_no = {table_no} AND highest < NEW.number
                     ORDER BY epoch DESC LIMIT 1), 0), NEW.number
    WHERE changes() = 0;
    INSERT INTO lifeboat_number (table_no, number, replica, origin)
    SELECT {table_no}, NEW.number, replica, -NEW.seq FROM lifeboat_epoch ORDER BY no DESC LIMIT 1;
    UPDATE {trash} SET {slot} = -9223372036854775807 + NEW.seq WHERE {slot} = +NEW.number;
END
