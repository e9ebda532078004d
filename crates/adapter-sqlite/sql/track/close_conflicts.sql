-- By another policy the latest version is what counts, and it is shown already.
DELETE FROM lifeboat_version WHERE table_no = ?1
