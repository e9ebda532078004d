-- A row without a key cannot be told from others.
{image} IS NOT NULL
