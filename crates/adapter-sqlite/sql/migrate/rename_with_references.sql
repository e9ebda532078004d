-- Back to the default: renames follow through.
PRAGMA legacy_alter_table = OFF
