-- Later epochs make room.
UPDATE lifeboat_epoch SET no = -no - 1 WHERE no > ?1
