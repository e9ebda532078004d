-- Rewrites the copy at the page size set before.
VACUUM
