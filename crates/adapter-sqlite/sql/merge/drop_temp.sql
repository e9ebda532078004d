-- It was filled for another question.
DROP TABLE temp.{name}
