-- Statistics for the query planner, only where they are out of date.
PRAGMA optimize
