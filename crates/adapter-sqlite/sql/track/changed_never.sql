-- No column says when.
NULL
