-- An index is built anew from its table.
REINDEX {index}
