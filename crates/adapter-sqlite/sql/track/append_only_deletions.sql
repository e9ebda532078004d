-- And what it takes away no other copy takes away for it.
DELETE FROM lifeboat_journal WHERE seq > ?1 AND table_no = ?2 AND cells = -1
