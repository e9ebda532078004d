-- What a merge gave away is not drawn again, also where the row is not shown.
UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1 COLLATE NOCASE
