-- A key of several columns needs as many in the lines.
ALTER TABLE {journal} ADD COLUMN {column}
