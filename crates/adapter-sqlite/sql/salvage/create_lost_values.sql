-- Their fields, one to a row, because their number differs.
CREATE TABLE IF NOT EXISTS lifeboat_lost_values
  (lost INTEGER NOT NULL REFERENCES lifeboat_lost_rows(id), field INTEGER NOT NULL, value, PRIMARY KEY (lost, field))
