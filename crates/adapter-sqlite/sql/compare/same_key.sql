-- One column of a key; IS, because a key may be NULL in old tables.
a.{column} IS b.{column}
