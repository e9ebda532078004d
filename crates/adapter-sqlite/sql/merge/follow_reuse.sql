-- Lines from elsewhere follow rows whose number became another row's since the last merge.
UPDATE lifeboat_received SET key = (
    SELECT coalesce(r.lives, -9223372036854775807 + r.seq) FROM lifeboat_reuse AS r
    WHERE r.table_no = lifeboat_received.table_no AND r.number = lifeboat_received.key AND r.seq > ?1 ORDER BY r.seq LIMIT 1)
WHERE EXISTS (SELECT 1 FROM lifeboat_reuse AS r
    WHERE r.table_no = lifeboat_received.table_no AND r.number = lifeboat_received.key AND r.seq > ?1)
