-- And get a line, so that every copy looks at them. It says nothing new, so it is dated before every write: milliseconds where
-- lines count in 1024ths of them. One stamp for all: none of them is the later one.
INSERT INTO lifeboat_journal (hlc, table_no, cells, stamp, {columns})
SELECT CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER), {table_no}, 0, (SELECT random() & 32767), {keys}
FROM {table}
WHERE {named} AND ({natural}) IN (SELECT {natural} FROM {table} WHERE {named} GROUP BY {natural} HAVING count(*) > 1)
