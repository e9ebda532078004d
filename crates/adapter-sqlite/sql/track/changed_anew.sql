-- A time that the write did not touch says nothing of the write.
CASE WHEN t.{column} IS NOT b.{column} THEN {when} END
