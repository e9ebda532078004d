-- Their rows are the business of their virtual table, which moves them about as it likes. The engine goes by the name
-- alone, and an application may have a table of such a name: only the shapes that the modules make are taken for theirs.
SELECT name FROM pragma_table_list AS listed
JOIN (SELECT name AS of, group_concat(column_name) AS columns FROM (
        SELECT t.name, c.name AS column_name FROM pragma_table_list AS t, pragma_table_info(t.name, 'main') AS c
        WHERE t.schema = 'main' AND t.type = 'shadow' ORDER BY t.name, c.cid)
      GROUP BY of) AS shape ON shape.of = listed.name
WHERE listed.schema = 'main' AND listed.type = 'shadow'
  AND (columns IN ('id,block', 'segid,term,pgno', 'id,sz', 'id,sz,origin', 'k,v', 'blockid,block', 'id,value',
                   'level,idx,start_block,leaves_end_block,end_block,root', 'nodeno,data', 'nodeno,parentnode')
       OR columns LIKE 'id,c0%' OR columns LIKE 'docid,c0%' OR columns LIKE 'rowid,nodeno%')
