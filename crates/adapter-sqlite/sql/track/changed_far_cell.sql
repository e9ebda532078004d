-- Columns beyond the mask touch the whole row.
(NEW.{column} IS NOT OLD.{column} COLLATE BINARY OR typeof(NEW.{column}) <> typeof(OLD.{column})) * 9223372036854775807
