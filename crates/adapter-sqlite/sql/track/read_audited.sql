-- Up to where the triggers were as they should be, and the last line.
SELECT audited, (SELECT seq FROM lifeboat_journal ORDER BY seq DESC LIMIT 1) FROM lifeboat_tracking
