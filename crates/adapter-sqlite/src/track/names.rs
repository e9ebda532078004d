//! What the objects of tracking are called. A user's table may bear our prefix: only these names are ours.

/// Tables that every tracked database has, in the order in which they are made.
pub(crate) const TABLES: [&str; 18] = [
    "lifeboat_tracking",
    "lifeboat_table",
    "lifeboat_column",
    "lifeboat_replica",
    "lifeboat_journal",
    "lifeboat_received",
    "lifeboat_vector",
    "lifeboat_peer",
    "lifeboat_floor",
    "lifeboat_epoch",
    "lifeboat_mark",
    "lifeboat_number",
    "lifeboat_reuse",
    "lifeboat_note",
    "lifeboat_alias",
    "lifeboat_version",
    "lifeboat_repair",
    "lifeboat_merge",
];

/// Beginnings of the names of tables that a tracked table has beside it, before its number.
const BESIDE: [&str; 3] = ["lifeboat_trash_", "lifeboat_displaced_", "lifeboat_claim_"];

/// Names of what stands beside one tracked table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Names(pub(crate) i64);

impl Names {
    pub(crate) fn trash(self) -> String {
        format!("lifeboat_trash_{}", self.0)
    }

    pub(crate) fn displaced(self) -> String {
        format!("lifeboat_displaced_{}", self.0)
    }

    pub(crate) fn claim(self) -> String {
        format!("lifeboat_claim_{}", self.0)
    }

    pub(crate) fn trigger(self, kind: &str) -> String {
        format!("lifeboat_{kind}_{}", self.0)
    }
}

/// The column of the trash that keeps the column with this bit.
pub(crate) fn slot(bit: i64) -> String {
    format!("c{bit}")
}

/// The column of a line that keeps this column of the key.
pub(crate) fn key_column(at: usize) -> String {
    if at == 0 { "key".to_owned() } else { format!("key{}", at + 1) }
}

/// Beginnings of the names of triggers, before the number of the table; tombstones follow each column by its bit.
const TRIGGERS: [&str; 14] = [
    "insert",
    "update",
    "leave",
    "arrive",
    "delete",
    "return",
    "note_insert",
    "note_update",
    "aside_insert",
    "aside_update",
    "number_insert",
    "number_update",
    "bury",
    "bury_claim",
];

/// Is this trigger Lifeboat's own?
pub(crate) fn is_trigger(name: &str) -> bool {
    let Some((kind, no)) = name.strip_prefix("lifeboat_").and_then(|name| name.rsplit_once('_')) else {
        return false;
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    is_number(no) && (TRIGGERS.contains(&kind) || kind.strip_prefix("follow_").is_some_and(is_number))
}

/// Does this trigger of ours belong to the table with this number?
pub(super) fn is_of(trigger: &str, no: i64) -> bool {
    trigger.ends_with(&format!("_{no}"))
}

/// Is this table Lifeboat's own?
pub(crate) fn is_ours(table: &str) -> bool {
    let table = table.to_ascii_lowercase();
    let is_beside = |start: &&str| {
        table.strip_prefix(*start).is_some_and(|no| !no.is_empty() && no.bytes().all(|b| b.is_ascii_digit()))
    };
    TABLES.contains(&table.as_str()) || BESIDE.iter().any(is_beside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_we_make_is_ours() {
        for name in ["lifeboat_journal", "LIFEBOAT_TRASH_12", &Names(3).claim(), &Names(1).displaced()] {
            assert!(is_ours(name), "{name}");
        }
        for name in ["lifeboat_trash_", "lifeboat_trash_a", "lifeboat_crew", "journal", "lifeboat_migrations"]
        {
            assert!(!is_ours(name), "{name}");
        }
        for name in ["insert", "bury_claim", "follow_3"].map(|kind| Names(12).trigger(kind)) {
            assert!(is_trigger(&name) && is_of(&name, 12) && !is_of(&name, 2), "{name}");
        }
        for name in ["lifeboat_insert_", "lifeboat_crew_1", "insert_1", "lifeboat_follow_x_1"] {
            assert!(!is_trigger(name), "{name}");
        }
    }
}
