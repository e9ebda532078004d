-- A row is not in its own way.
{column} IS NOT OLD.{column}
