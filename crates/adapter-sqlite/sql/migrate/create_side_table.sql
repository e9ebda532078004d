-- A place beside a table, of the same columns, for rows that lost their parent.
CREATE TABLE IF NOT EXISTS {side} AS SELECT * FROM {table} WHERE 0
