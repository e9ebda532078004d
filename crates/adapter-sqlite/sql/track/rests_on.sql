-- When clients last wrote the rows that a step has written.
CREATE TEMP TABLE lifeboat_rests_on AS
SELECT table_no, {keys}, max(hlc) AS hlc FROM (
    SELECT table_no, {keys}, hlc FROM lifeboat_journal WHERE seq <= {last} AND hlc >= 281474976710656
    UNION ALL
    SELECT table_no, {keys}, hlc FROM lifeboat_received WHERE hlc >= 281474976710656)
WHERE table_no IN (SELECT table_no FROM lifeboat_journal WHERE seq > {last} AND table_no > 0)
GROUP BY table_no, {keys}
