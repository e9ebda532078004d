-- A trigger of ours goes, to be made anew or for good.
DROP TRIGGER {name}
