-- Numbers are never given twice.
SELECT coalesce(max(no), 0) + 1 FROM lifeboat_table
