-- A column of the key is empty.
{column} IS NULL
