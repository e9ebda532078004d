-- How the primary key compares; a table with row numbers keeps it in an index of its own.
SELECT x.coll FROM pragma_index_list(?1, 'main') AS l, pragma_index_xinfo(l.name, 'main') AS x
WHERE l.origin = 'pk' AND x.key AND x.coll IS NOT NULL
