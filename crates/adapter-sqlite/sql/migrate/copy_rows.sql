-- Every row of the old table into the new one, by the columns that both have.
INSERT INTO main.{to} ({columns}) SELECT {columns} FROM main.{from}
