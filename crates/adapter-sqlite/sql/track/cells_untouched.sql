-- Nothing but the key, which stayed.
0
