-- Does this column differ, bit by bit?
(t.{column} IS NOT b.{column} COLLATE BINARY OR typeof(t.{column}) <> typeof(b.{column})) << {bit}
