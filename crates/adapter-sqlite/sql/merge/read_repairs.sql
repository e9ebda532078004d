-- Rows that are not shown as they are.
SELECT table_no, member, shown, hidden FROM lifeboat_repair
