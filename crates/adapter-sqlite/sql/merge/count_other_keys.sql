-- Unique indexes besides that of the primary key, whatever they are made of.
SELECT count(*) FROM pragma_index_list(?1) WHERE "unique" AND origin <> 'pk'
