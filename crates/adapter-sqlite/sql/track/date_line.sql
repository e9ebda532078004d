-- What a step made of a value is as old as the value.
UPDATE lifeboat_journal SET cells = ?2, hlc = coalesce(?3, hlc) WHERE seq = ?1
