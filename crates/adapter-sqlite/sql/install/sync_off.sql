-- One fsync at the end makes the draft durable.
PRAGMA synchronous = OFF
