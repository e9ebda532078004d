# geodiff on the same files: the changes of a copy are found by comparing it with the base, and applied to another copy.
import os
import sys
import time

import pygeodiff

base, theirs, ours = sys.argv[1:4]
changes = ours + ".diff"
diff = pygeodiff.GeoDiff()
begun = time.monotonic()
diff.create_changeset(base, theirs, changes)
diff.apply_changeset(ours, changes)
took = time.monotonic() - begun
os.remove(changes)
print("peer_geodiff_ms", took * 1000)
