-- Every table that has a number, with its rule.
SELECT no, name, rule, tracked, policy FROM lifeboat_table ORDER BY no
