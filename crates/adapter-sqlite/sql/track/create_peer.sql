-- What each peer was known to have: nothing above it may be dropped.
CREATE TABLE lifeboat_peer (
    peer INTEGER NOT NULL,
    replica INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (peer, replica)
) WITHOUT ROWID
