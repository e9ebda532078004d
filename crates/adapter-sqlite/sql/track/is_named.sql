-- Nothing is claimed by NULL.
{column} IS NOT NULL
