-- The highest number in the earlier state.
SELECT coalesce(max({key}), 0) FROM point.{table}
