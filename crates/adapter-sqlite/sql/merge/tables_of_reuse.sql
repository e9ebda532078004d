-- Tables in which numbers became another row's.
SELECT DISTINCT table_no FROM lifeboat_reuse
