-- The mistake that the demonstration takes back; lines go with their invoice.
DELETE FROM invoice WHERE id % 3 = 0
