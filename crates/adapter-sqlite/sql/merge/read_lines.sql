-- Own lines of a range.
SELECT seq, hlc, table_no, cells, stamp, {keys} FROM lifeboat_journal WHERE seq > ?1 AND seq <= ?2 ORDER BY seq
