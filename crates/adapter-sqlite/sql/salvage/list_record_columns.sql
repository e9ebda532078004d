-- Stored columns in the order of the record: by place in the table, or the key first in a table without row numbers.
WITH shape AS (SELECT coalesce(max(wr), 0) AS without, count(*) AS found FROM pragma_table_list
               WHERE schema = 'main' AND lower(name) = lower(?1)),
     stored AS (SELECT cid, name, hidden, pk, "notnull" AS never_null, upper(type) AS type,
                       (SELECT count(*) FROM pragma_table_xinfo(?1, 'main') WHERE pk > 0) AS keys
                FROM pragma_table_xinfo(?1, 'main') WHERE hidden <> 2),
     ranked AS (SELECT x.cid AS cid, x.seqno AS place FROM pragma_index_list(?1, 'main') AS l,
                       pragma_index_xinfo(l.name, 'main') AS x WHERE l.origin = 'pk')
SELECT s.name,
       s.hidden = 3,
       s.pk > 0 AND s.keys = 1 AND s.type = 'INTEGER' AND NOT shape.without
         AND NOT EXISTS (SELECT 1 FROM pragma_index_list(?1, 'main') WHERE origin = 'pk'),
       s.never_null,
       instr(s.type, 'INT') = 0
         AND (instr(s.type, 'CHAR') > 0 OR instr(s.type, 'CLOB') > 0 OR instr(s.type, 'TEXT') > 0)
FROM stored AS s, shape
LEFT JOIN ranked ON shape.without AND ranked.cid = s.cid
ORDER BY iif(shape.without, ranked.place, s.cid), s.cid
