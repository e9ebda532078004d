-- A line of the same row.
r.{column} IS j.{column}
