-- Structure of every page and row; not the order of indexes, which costs thirteen times as much.
PRAGMA quick_check(1000)
