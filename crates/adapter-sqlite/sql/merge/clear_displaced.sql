-- Notes of writes that are long over.
DELETE FROM {displaced}
