-- Rows whose table is not known any more, or does not take them: nothing that was read is thrown away.
CREATE TABLE IF NOT EXISTS lifeboat_lost_rows
  (id INTEGER PRIMARY KEY, page INTEGER NOT NULL, row_number INTEGER, belongs_to TEXT, reason TEXT NOT NULL)
