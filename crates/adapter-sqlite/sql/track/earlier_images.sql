-- Rows of an append-only table are as they were born: the earlier state has them so.
INSERT INTO {trash} ({slots}) SELECT {fields} FROM point.{table} AS b JOIN {table} AS t ON {same}
WHERE ({known}) AND ({cells}) <> 0
