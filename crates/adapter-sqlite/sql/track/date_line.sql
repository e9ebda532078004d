-- What a step made of a value is as old as the value; what it made of nothing gets a draw.
UPDATE lifeboat_journal SET cells = ?2, hlc = ?3 + (random() & (?4 - 1)) WHERE seq = ?1
