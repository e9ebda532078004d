-- A number that had been another row's, or lies below the mark without having been counted, is another row from this line on.
INSERT INTO lifeboat_reuse (table_no, number, seq)
SELECT {table_no}, +NEW.{key}, (SELECT seq FROM lifeboat_journal ORDER BY seq DESC LIMIT 1) + 1
WHERE (NEW.{key} <= (SELECT highest FROM lifeboat_mark WHERE table_no = {table_no} ORDER BY epoch DESC LIMIT 1)
       OR EXISTS (SELECT 1 FROM {trash} WHERE {slot} = +NEW.{key}))
  AND NOT EXISTS (SELECT 1 FROM {displaced} WHERE {slot} = +NEW.{key})
