-- The earlier row has a key.
b.{column} IS NOT NULL
