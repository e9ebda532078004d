-- Format, the name of the common beginning, and the last line of the journal that an audit saw.
INSERT INTO lifeboat_tracking (id, format, genesis, audited) VALUES (1, ?1, ?2, 0)
