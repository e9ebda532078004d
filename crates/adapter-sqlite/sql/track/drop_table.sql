-- A table of ours goes.
DROP TABLE {name}
