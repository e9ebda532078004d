-- Marks go along.
UPDATE lifeboat_mark SET epoch = -epoch - 1 WHERE epoch > ?1
