-- A number that had been another row's, or lies below the mark without having been counted, is another row from this line
-- on: unless a client has given it in full. Of a row that was there only REPLACE under recursive triggers makes a tombstone:
-- its line is one of the last two, and of this very moment. The insert's own line may be written already.
INSERT INTO lifeboat_reuse (table_no, number, seq)
SELECT {table_no}, +NEW.{key}, last.seq + NOT (last.table_no = {table_no} AND last.key = NEW.{key} AND last.cells IS NULL)
FROM (SELECT seq, table_no, key, cells FROM lifeboat_journal ORDER BY seq DESC LIMIT 1) AS last
WHERE (NEW.{key} <= {highest} OR EXISTS (SELECT 1 FROM {trash} WHERE {slot} = +NEW.{key}))
  AND NOT EXISTS (SELECT 1 FROM lifeboat_note AS n
      WHERE n.table_no = {table_no} AND n.number = NEW.{key}
        AND (NOT n.there OR NOT EXISTS (SELECT 1 FROM {trash} WHERE {slot} = +NEW.{key})
             OR EXISTS (SELECT 1 FROM lifeboat_journal AS j
                WHERE j.seq >= last.seq - 1 AND j.table_no = {table_no} AND j.key = NEW.{key} AND j.cells = -1
                  AND j.hlc / 1024 >= CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER))))
