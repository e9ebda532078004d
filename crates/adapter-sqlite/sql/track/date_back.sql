-- Lines of a step: before all clients, and among steps of the same number by how late a client had written the row (in units of 8
-- seconds since 2020), then by a draw that tells branches apart.
UPDATE lifeboat_journal AS j
SET stamp = stamp | 32768, hlc = ?2 + 1024 * max(0, min(67108863, coalesce((SELECT (max(r.hlc) / 1024 - 1577836800000) / 8000
                                                   FROM temp.lifeboat_rests_on AS r WHERE {same}), 0)))
        + (random() & 1023)
WHERE seq > ?1
