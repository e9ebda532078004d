-- The same row by row, where no index gives the values in order.
SELECT EXISTS (
  SELECT 1 FROM {child} AS c
  WHERE c.{column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {parent} AS p WHERE p.{key} = c.{column}))
