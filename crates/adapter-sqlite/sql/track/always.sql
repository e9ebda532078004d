-- Every row has a key.
1
