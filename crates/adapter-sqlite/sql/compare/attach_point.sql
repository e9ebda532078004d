-- The point as a second database, read-only and immutable by its URI.
ATTACH DATABASE ?1 AS point
