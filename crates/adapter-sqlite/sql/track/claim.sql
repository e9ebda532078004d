-- An insert claims its natural key once and for all; nothing is claimed by NULL.
INSERT INTO {claim} ({slots}) SELECT {values}
WHERE NOT EXISTS (SELECT 1 FROM {claim} WHERE {same}) AND {known}
