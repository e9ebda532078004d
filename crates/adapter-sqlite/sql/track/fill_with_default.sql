-- Tombstones get in a new column what rows get.
UPDATE {trash} SET {slot} = ({default})
