-- Did it take place?
SELECT count(*) FROM lifeboat_merge WHERE id = ?1
