-- And what it takes away no other copy takes away for it: the line stays, because numbers have no gaps, and says nothing.
UPDATE lifeboat_journal SET table_no = 0, cells = 0 WHERE seq > ?1 AND table_no = ?2 AND cells = -1
