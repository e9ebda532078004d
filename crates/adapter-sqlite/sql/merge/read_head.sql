-- The last own line at the last merge, the last line, and its clock.
SELECT t.merged, j.seq, j.hlc FROM lifeboat_tracking AS t, lifeboat_journal AS j ORDER BY j.seq DESC LIMIT 1
