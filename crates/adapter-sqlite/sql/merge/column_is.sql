-- Found by value, bit by bit.
{column} = ?
