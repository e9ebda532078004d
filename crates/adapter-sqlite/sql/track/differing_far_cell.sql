-- A column that touches the whole row: beyond the mask, or in a table whose columns belong together.
(t.{column} IS NOT b.{column} COLLATE BINARY OR typeof(t.{column}) <> typeof(b.{column})) * 9223372036854775807
