-- Without a key it is told apart from none.
t.{column} IS NOT NULL
