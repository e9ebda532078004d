-- How far each counted table was counted when an epoch was opened, the latest epoch first.
SELECT table_no, replica, highest FROM lifeboat_mark ORDER BY epoch DESC
