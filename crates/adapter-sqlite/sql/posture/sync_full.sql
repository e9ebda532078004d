-- For those who want each commit on the medium before it returns.
PRAGMA synchronous = FULL
