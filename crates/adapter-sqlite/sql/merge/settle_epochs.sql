-- And take their places.
UPDATE lifeboat_epoch SET no = -no WHERE no < 0
