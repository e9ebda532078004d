-- A place beside a table, of the same columns, for rows that lost their parent.
CREATE TABLE IF NOT EXISTS main.{side} AS SELECT {columns} FROM main.{table} WHERE 0
