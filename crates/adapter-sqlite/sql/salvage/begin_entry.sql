-- What the engine cannot read again is taken back.
SAVEPOINT entry
