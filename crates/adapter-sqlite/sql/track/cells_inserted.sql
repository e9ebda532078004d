-- An insert touches everything.
NULL
