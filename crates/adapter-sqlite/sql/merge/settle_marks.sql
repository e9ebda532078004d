-- And take their places.
UPDATE lifeboat_mark SET epoch = -epoch WHERE epoch < 0
