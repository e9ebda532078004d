-- A rename that leaves the references of other tables, views and triggers as they are (SQLite, lang_altertable.html).
PRAGMA legacy_alter_table = ON
