-- The row's tombstone.
x.{slot} = +t.{column}
