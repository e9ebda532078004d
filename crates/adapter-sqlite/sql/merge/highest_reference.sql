-- The highest number that is referred to, also where no row has it: a row that arrives must not get it. Numbers that nobody counts up
-- to do not count.
SELECT coalesce(max({column}), 0) FROM {table} WHERE typeof({column}) = 'integer' AND {column} < 9007199254740992
