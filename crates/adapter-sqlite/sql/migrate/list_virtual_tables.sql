-- They have rows for whoever asks them, wherever they keep them.
SELECT name FROM main.sqlite_schema WHERE type = 'table' AND rootpage = 0 ORDER BY name
