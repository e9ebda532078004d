-- One row without a parent goes aside, by the names of its columns.
INSERT INTO main.{side} ({columns}) SELECT {columns} FROM main.{table} WHERE {key} = ?1
