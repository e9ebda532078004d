-- The old rows step aside while their table is defined anew.
ALTER TABLE {from} RENAME TO {to}
