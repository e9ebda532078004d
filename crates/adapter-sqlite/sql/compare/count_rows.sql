-- Where rows cannot be compared, their number can.
SELECT count(*) FROM {schema}.{table}
