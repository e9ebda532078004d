-- Off by default in stock SQLite; orphans are easier kept out than found.
PRAGMA foreign_keys = ON
