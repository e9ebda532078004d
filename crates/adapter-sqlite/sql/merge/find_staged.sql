-- Decided rows that may hold this.
SELECT row_key FROM temp.lifeboat_stage_place WHERE at = ?1 AND place = ?2
