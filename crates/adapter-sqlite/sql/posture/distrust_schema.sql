-- A schema from elsewhere must not call functions with side effects.
PRAGMA trusted_schema = OFF
