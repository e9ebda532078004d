-- Exact: one row for each orphan, with the number of the constraint.
PRAGMA foreign_key_check({table})
