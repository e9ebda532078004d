-- Does the earlier state keep given numbers?
SELECT count(*) FROM point.sqlite_schema WHERE name = 'sqlite_sequence'
