-- Also every entry of every index; the limit is high, because what lies beyond it is not known.
PRAGMA integrity_check(10000)
