-- The highest number that AUTOINCREMENT ever gave in a table.
SELECT seq FROM sqlite_sequence WHERE lower(name) = lower(?1)
