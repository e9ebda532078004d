-- Rows that the write under way may push aside; the write's own end tells whether it did.
CREATE TABLE {displaced} ({slots})
