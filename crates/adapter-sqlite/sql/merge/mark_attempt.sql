-- An attempt begins: what it writes can be taken back, and the write lock stays.
SAVEPOINT attempt
