-- Bit-exact: a case-only edit under NOCASE and 1 -> 1.0 are changes.
a.{column} IS NOT b.{column} COLLATE BINARY OR typeof(a.{column}) <> typeof(b.{column})
