-- Format, the name of the common beginning, and the last lines that an audit and a merge saw.
INSERT INTO lifeboat_tracking (id, format, genesis, audited, merged) VALUES (1, ?1, ?2, 0, 0)
