-- The bits of the changed columns.
{cells}
