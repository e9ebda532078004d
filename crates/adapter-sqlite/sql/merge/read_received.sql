-- Lines of another replica of a range.
SELECT seq, hlc, table_no, cells, stamp, {keys} FROM lifeboat_received WHERE replica = ?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq
