-- The noted row, still in its table.
t.{column} = +d.{slot}
