-- Nor are bits.
SELECT coalesce(max(bit), -1) + 1 FROM lifeboat_column WHERE table_no = ?1
