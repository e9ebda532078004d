-- The row of a line is a tombstone.
x.{slot} = +l.{key}
