-- When the row says that it was changed: seconds or milliseconds of the epoch, or a date in text; nothing where it does not say.
max(1, 1024 * CASE typeof(t.{column})
    WHEN 'integer' THEN CASE WHEN abs(t.{column}) < 100000000000 THEN t.{column} * 1000 WHEN abs(t.{column}) < 100000000000000 THEN t.{column} END
    WHEN 'real' THEN CASE WHEN abs(t.{column}) < 100000000000 THEN CAST(t.{column} * 1000 AS INTEGER) END
    WHEN 'text' THEN CAST((julianday(t.{column}) - 2440587.5) * 86400000.0 AS INTEGER)
END)
