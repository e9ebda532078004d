-- One of its fields.
INSERT INTO lifeboat_lost_values (lost, field, value) VALUES (?1, ?2, ?3)
