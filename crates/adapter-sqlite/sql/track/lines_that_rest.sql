-- Lines of a step, each with what clients had written of its row before.
SELECT j.seq, j.cells, r.cells, r.hlc, r.first FROM lifeboat_journal AS j JOIN temp.lifeboat_rests_on AS r ON {same}
WHERE j.seq > ?1 AND j.table_no = ?2 ORDER BY j.seq
