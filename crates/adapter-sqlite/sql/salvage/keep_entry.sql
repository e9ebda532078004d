-- It reads.
RELEASE entry
