-- Whose page a tree begins at: a finding names the root.
SELECT type, name, rootpage FROM sqlite_schema WHERE rootpage > 0
