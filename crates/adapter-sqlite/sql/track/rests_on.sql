-- What clients have written of the rows that a step has written: what, and when last.
CREATE TEMP TABLE lifeboat_rests_on AS
SELECT table_no, {keys}, cells, max(hlc) AS hlc, min(hlc) AS first FROM (
    SELECT table_no, {keys}, cells, hlc FROM lifeboat_journal WHERE seq <= {last} AND hlc >= {clients}
    UNION ALL
    SELECT table_no, {keys}, cells, hlc FROM lifeboat_received WHERE hlc >= {clients})
WHERE table_no IN (SELECT table_no FROM lifeboat_journal WHERE seq > {last} AND table_no > 0)
GROUP BY table_no, {keys}, cells
