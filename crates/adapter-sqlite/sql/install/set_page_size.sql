-- Takes effect in the VACUUM that follows.
PRAGMA page_size = {size}
