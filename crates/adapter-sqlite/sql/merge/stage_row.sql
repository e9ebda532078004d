-- The row is to be this.
INSERT INTO temp.lifeboat_stage (at, row_key, state, image) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (at, row_key) DO UPDATE SET state = excluded.state, image = excluded.image
