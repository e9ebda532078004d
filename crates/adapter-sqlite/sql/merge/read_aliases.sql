-- Rows that are one thing.
SELECT table_no, member, class, hlc, stamp, replica FROM lifeboat_alias
