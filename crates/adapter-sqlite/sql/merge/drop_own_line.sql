-- Everybody has this write, and nothing asks for it.
DELETE FROM lifeboat_journal WHERE seq = ?1
