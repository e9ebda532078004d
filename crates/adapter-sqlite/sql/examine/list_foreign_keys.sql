-- One row for each column of each constraint.
SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?1) ORDER BY id, seq
