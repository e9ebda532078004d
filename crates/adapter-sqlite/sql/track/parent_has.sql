-- The parent's key holds what is referred to.
p.{column} = x.{slot}
