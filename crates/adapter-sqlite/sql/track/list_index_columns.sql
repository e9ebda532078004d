-- What an index is made of; a column without a name is an expression or the row number.
SELECT name, coll FROM pragma_index_xinfo(?1, 'main') WHERE key ORDER BY seqno
