-- Lines of a step on a private copy: the database itself writes its own.
DELETE FROM lifeboat_journal WHERE seq > ?1
