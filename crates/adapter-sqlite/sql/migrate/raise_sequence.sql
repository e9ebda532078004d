-- A number that was given once is not given again, although its row is gone.
UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE lower(name) = lower(?1)
