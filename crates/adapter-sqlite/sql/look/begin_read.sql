-- Deferred: the read below takes the lock, not this.
BEGIN DEFERRED
