-- The row is to be looked at.
INSERT INTO temp.lifeboat_stage (at, row_key, touched) VALUES (?1, ?2, 1)
ON CONFLICT (at, row_key) DO UPDATE SET touched = 1
