-- Set-based: each value is looked up once, in order. Only asks whether there is any.
SELECT EXISTS (
  SELECT 1 FROM (SELECT DISTINCT {column} AS k FROM {child})
  WHERE k IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {parent} AS p WHERE p.{key} = k))
