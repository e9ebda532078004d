-- Deleted rows of one table, whole: a tombstone that lost its values could not be brought back.
CREATE TABLE {trash} ({slots})
