-- Unique indexes besides the primary key, with the kind of each.
SELECT name, partial FROM pragma_index_list(?1, 'main') WHERE "unique" AND origin <> 'pk' ORDER BY name
