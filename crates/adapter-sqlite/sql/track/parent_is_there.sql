-- A reference that is empty, or whose parent is there.
({empty}) OR EXISTS (SELECT 1 FROM {parent} AS p WHERE {same})
