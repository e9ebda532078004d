-- It is found by this.
INSERT OR IGNORE INTO temp.lifeboat_stage_place (at, place, row_key) VALUES (?1, ?2, ?3)
