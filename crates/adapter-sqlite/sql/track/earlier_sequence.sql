-- The highest number ever given there.
SELECT coalesce(max(seq), 0) FROM point.sqlite_sequence WHERE name = ?1 COLLATE NOCASE
