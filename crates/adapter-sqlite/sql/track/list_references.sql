-- One row for each column of each reference.
SELECT id, "table", "from", "to", on_delete FROM pragma_foreign_key_list(?1, 'main') ORDER BY id, seq
