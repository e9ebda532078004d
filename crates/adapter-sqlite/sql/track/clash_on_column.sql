-- The other row holds the value in this column. Values compare as the index compares them.
{column} = NEW.{column} COLLATE {collation}
