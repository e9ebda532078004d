-- Nothing is referred to.
x.{slot} IS NULL
