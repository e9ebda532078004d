-- Structure of every page and row, with the same limit.
PRAGMA quick_check(10000)
