-- The other row holds all values of one unique key.
{columns}
