-- Looking changes nothing, whatever statement follows.
PRAGMA query_only = ON
