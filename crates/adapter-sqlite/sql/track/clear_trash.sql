-- What is entered again is not deleted any more.
DELETE FROM {trash} WHERE {same}
