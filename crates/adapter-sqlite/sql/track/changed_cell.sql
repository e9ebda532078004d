-- Has this column changed, bit by bit? A case-only edit and 1 instead of 1.0 are changes.
(NEW.{column} IS NOT OLD.{column} COLLATE BINARY OR typeof(NEW.{column}) <> typeof(OLD.{column})) << {bit}
