-- Only their keys are left of them.
INSERT INTO {trash} ({slots})
SELECT {columns} FROM
    (SELECT {columns} FROM lifeboat_journal WHERE table_no = {table_no}
     UNION SELECT {columns} FROM lifeboat_received WHERE table_no = {table_no}) AS l
WHERE NOT EXISTS (SELECT 1 FROM {table} AS t WHERE {there}) AND NOT EXISTS (SELECT 1 FROM {trash} AS x WHERE {buried})
