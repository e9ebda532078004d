-- An index whose pages cannot even be given back: its line goes, and it is made anew.
DELETE FROM sqlite_schema WHERE type = 'index' AND name = ?1
