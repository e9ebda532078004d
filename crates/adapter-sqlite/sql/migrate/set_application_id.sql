-- Whose database it is, where nobody has said so yet.
PRAGMA application_id = {number}
