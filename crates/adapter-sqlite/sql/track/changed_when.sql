-- When the row says that it was changed: seconds or milliseconds of the epoch, as a number or in text, or a date; nothing where it
-- does not say. A number of more digits than that is no time; nor is what is before all clients, where steps of migrations are.
(SELECT iif(at < {clients}, 3, at) FROM (SELECT 1024 * CASE
    WHEN typeof(t.{column}) IN ('integer', 'real') OR (typeof(t.{column}) = 'text' AND t.{column} NOT GLOB '*[^0-9.]*' AND t.{column} GLOB '[0-9]*')
    THEN CASE WHEN CAST(t.{column} AS REAL) BETWEEN 1 AND 1e11 THEN CAST(round(t.{column} * 1000.0) AS INTEGER)
              WHEN CAST(t.{column} AS REAL) BETWEEN 1e11 AND 1e14 THEN CAST(t.{column} AS INTEGER) END
    WHEN typeof(t.{column}) = 'text' AND t.{column} GLOB '[0-9][0-9][0-9][0-9]-*'
    THEN CAST(round((julianday(t.{column}) - 2440587.5) * 86400000.0) AS INTEGER)
END AS at))
