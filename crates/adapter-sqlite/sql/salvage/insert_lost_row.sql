-- One row of which nobody knows where it belongs.
INSERT INTO lifeboat_lost_rows (page, row_number, belongs_to, reason) VALUES (?1, ?2, ?3, ?4)
