-- Is the database tracked?
SELECT count(*) FROM main.sqlite_schema WHERE type = 'table' AND name = 'lifeboat_tracking'
