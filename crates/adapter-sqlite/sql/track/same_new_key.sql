-- Does the column of the key keep its value?
NEW.{column} IS OLD.{column} COLLATE BINARY AND typeof(NEW.{column}) = typeof(OLD.{column})
