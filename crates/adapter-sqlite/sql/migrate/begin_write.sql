-- The write lock first: what was read before it may have changed.
BEGIN IMMEDIATE
