-- The last own line at the last merge.
SELECT merged FROM lifeboat_tracking
