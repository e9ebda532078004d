-- Lines from elsewhere follow rows whose number became another row's since the last merge, also where it is part of a key.
UPDATE lifeboat_received SET {column} = (
    SELECT coalesce(r.lives, -9223372036854775807 + r.seq) FROM lifeboat_reuse AS r
    WHERE r.table_no = {parent} AND r.number = lifeboat_received.{column} AND r.seq > ?1 ORDER BY r.seq LIMIT 1)
WHERE table_no = {table_no} AND EXISTS (SELECT 1 FROM lifeboat_reuse AS r
    WHERE r.table_no = {parent} AND r.number = lifeboat_received.{column} AND r.seq > ?1)
