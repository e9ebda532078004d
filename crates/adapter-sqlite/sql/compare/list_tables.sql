-- Tables of both sides, with where they exist.
SELECT name, max(live), max(point) FROM (
  SELECT name, 1 AS live, 0 AS point FROM main.sqlite_schema
  WHERE type = 'table' AND rootpage <> 0 AND substr(name, 1, 7) <> 'sqlite_'
  UNION ALL
  SELECT name, 0, 1 FROM point.sqlite_schema
  WHERE type = 'table' AND rootpage <> 0 AND substr(name, 1, 7) <> 'sqlite_')
GROUP BY name ORDER BY name
