-- The same for rows whose number no column shows: it comes along.
INSERT INTO main.{to} (rowid, {columns}) SELECT rowid, {columns} FROM main.{from}
