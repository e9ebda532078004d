-- Finds a damaged page when it is read, at no measurable cost.
PRAGMA cell_size_check = ON
