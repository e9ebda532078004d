-- A rebuild of a parent would delete its children through cascades; the whole is checked before the commit.
PRAGMA foreign_keys = OFF
