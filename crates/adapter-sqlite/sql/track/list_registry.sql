-- Every table that has a number, with its rule.
SELECT no, name, rule, tracked FROM lifeboat_table ORDER BY no
