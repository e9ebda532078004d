-- Rows that are not shown as they are.
SELECT table_no, member, shown, nulled, image FROM lifeboat_repair
