-- An index that begins with the column gives its distinct values in order.
SELECT count(*) FROM pragma_index_list(?1) AS i, pragma_index_info(i.name) AS c
WHERE NOT i.partial AND c.seqno = 0 AND c.name = ?2 COLLATE NOCASE
