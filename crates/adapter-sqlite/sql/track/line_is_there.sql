-- The row of a line is in its table.
t.{column} = +l.{key}
