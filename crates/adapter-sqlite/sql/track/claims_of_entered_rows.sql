-- By a rule that came later: rows that were entered since tracking began claim what they are called.
INSERT OR IGNORE INTO {claim} ({slots}) SELECT {columns} FROM {table}
WHERE ({named}) AND ({keys}) IN (
    SELECT {line} FROM lifeboat_journal WHERE table_no = {table_no} AND cells IS NULL
    UNION ALL
    SELECT {line} FROM lifeboat_received WHERE table_no = {table_no} AND cells IS NULL)
