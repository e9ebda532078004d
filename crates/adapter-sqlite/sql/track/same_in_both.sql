-- One row in both states.
b.{column} = +t.{column}
