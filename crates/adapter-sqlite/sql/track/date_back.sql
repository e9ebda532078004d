-- Lines of a step: before all clients, and told apart by a draw.
UPDATE lifeboat_journal SET stamp = stamp | 32768, hlc = ?2 + (random() & (?3 - 1)) WHERE seq > ?1
