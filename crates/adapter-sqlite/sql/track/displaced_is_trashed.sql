-- The noted row's tombstone.
x.{slot} = +d.{slot}
