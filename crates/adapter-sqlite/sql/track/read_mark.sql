-- How far a counted table was counted when the last epoch was opened.
SELECT highest FROM lifeboat_mark WHERE table_no = ?1 ORDER BY epoch DESC LIMIT 1
