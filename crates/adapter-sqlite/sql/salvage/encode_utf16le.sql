-- As in the damaged database.
PRAGMA encoding = 'UTF-16le'
