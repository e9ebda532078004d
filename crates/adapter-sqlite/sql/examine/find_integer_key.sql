-- The parent's key column where that is the row number itself: then values compare as integers, nothing else.
SELECT min(name)
FROM pragma_table_info(?1) WHERE pk > 0
HAVING count(*) = 1
   AND min(lower(type)) = 'integer'
   AND (?2 IS NULL OR min(lower(name)) = lower(?2))
   AND NOT EXISTS (SELECT 1 FROM pragma_index_list(?1) WHERE origin = 'pk')
   AND NOT EXISTS (SELECT 1 FROM pragma_table_list WHERE schema = 'main' AND name = ?1 AND wr)
