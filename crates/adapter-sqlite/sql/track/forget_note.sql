-- A note serves once.
DELETE FROM lifeboat_note WHERE table_no = {table_no}
