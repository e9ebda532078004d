-- Rows that only the earlier state has were deleted since: they go to the trash as they were,
INSERT INTO {trash} ({slots}) SELECT {fields} FROM point.{table} AS b
WHERE ({known}) AND NOT EXISTS (SELECT 1 FROM {table} AS t WHERE {same})
