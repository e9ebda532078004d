//! What a step changed, and whether it was allowed to.

use super::step::Declared;
use crate::findings::Orphans;
use crate::id::TableName;
use std::collections::BTreeMap;
use std::fmt;

/// Kind of a schema object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ObjectKind {
    /// A table, virtual ones included.
    Table,
    /// An index.
    Index,
    /// A view.
    View,
    /// A trigger.
    Trigger,
}

impl ObjectKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Table, Self::Index, Self::View, Self::Trigger];

    /// The stable word, as the engine spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Index => "index",
            Self::View => "view",
            Self::Trigger => "trigger",
        }
    }

    /// Reads the stable word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// One object of the schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SchemaObject {
    /// What it is.
    pub kind: ObjectKind,
    /// Its name.
    pub name: String,
}

impl fmt::Display for SchemaObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.as_str(), self.name)
    }
}

/// How an object is defined.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Definition {
    /// The table that an index or a trigger stands on.
    pub on: Option<String>,
    /// The statement that made it.
    pub text: String,
}

/// Schema and counts at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Census {
    /// Every object with its definition; automatic indexes and the engine's own tables are not in it.
    pub objects: BTreeMap<SchemaObject, Definition>,
    /// Rows per table; `None` where they cannot be counted.
    pub rows: BTreeMap<TableName, Option<u64>>,
}

/// One change, for the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A new object.
    Appeared(SchemaObject),
    /// An object is gone.
    Vanished(SchemaObject),
    /// An object has another definition.
    Redefined(SchemaObject),
    /// A table has another number of rows.
    Rows {
        /// The table.
        table: TableName,
        /// Rows before.
        before: u64,
        /// Rows after.
        after: u64,
    },
}

/// What a step did and must not have done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// Rows went that no declaration names.
    #[error("table {table} lost {lost} rows; declare it if it is meant: `-- lifeboat: drops-rows {table}`")]
    LostRows {
        /// The table.
        table: TableName,
        /// How many.
        lost: u64,
    },
    /// An object went that no declaration names.
    #[error("{0} vanished; declare it if it is meant: `-- lifeboat: drops {name}`", name = .0.name)]
    Vanished(SchemaObject),
    /// Rows without a parent that were not there before.
    #[error("{rows} rows of {table} have no parent in {parent} that had one before")]
    NewOrphans {
        /// The child.
        table: TableName,
        /// The parent.
        parent: TableName,
        /// How many more than before.
        rows: u64,
    },
}

/// Everything that differs, objects first.
#[must_use]
pub fn changes(before: &Census, after: &Census) -> Vec<Change> {
    let mut changes = Vec::new();
    for (object, definition) in &after.objects {
        match before.objects.get(object) {
            None => changes.push(Change::Appeared(object.clone())),
            Some(old) if old != definition => changes.push(Change::Redefined(object.clone())),
            Some(_) => {}
        }
    }
    let gone = before.objects.keys().filter(|object| !after.objects.contains_key(object));
    changes.extend(gone.cloned().map(Change::Vanished));
    for (table, after) in &after.rows {
        let before = before.rows.get(table).copied().unwrap_or(Some(0));
        if let (Some(before), Some(after)) = (before, *after)
            && before != after
        {
            changes.push(Change::Rows { table: table.clone(), before, after });
        }
    }
    changes
}

/// What of the changes was neither declared nor harmless.
#[must_use]
pub fn judge(before: &Census, after: &Census, declared: &Declared) -> Vec<Violation> {
    let mut violations = Vec::new();
    for change in changes(before, after) {
        match change {
            Change::Appeared(_) | Change::Redefined(_) => {}
            Change::Vanished(object) if is_declared(&object, before, declared) => {}
            Change::Vanished(object) => violations.push(Violation::Vanished(object)),
            Change::Rows { before, after, .. } if after > before => {}
            Change::Rows { table, .. } if declared.drops_rows.contains(table.as_str()) => {}
            Change::Rows { table, before, after } => {
                violations.push(Violation::LostRows { table, lost: before - after });
            }
        }
    }
    violations
}

/// By its own name, or because the table goes that it stands on.
fn is_declared(object: &SchemaObject, before: &Census, declared: &Declared) -> bool {
    let on = before.objects.get(object).and_then(|definition| definition.on.as_ref());
    declared.drops.contains(&object.name) || on.is_some_and(|table| declared.drops.contains(table))
}

/// Rows without a parent that a migration made.
#[must_use]
pub fn new_orphans(before: &[Orphans], after: &[Orphans]) -> Vec<Violation> {
    let of = |list: &[Orphans], one: &Orphans| {
        list.iter().find(|o| o.table == one.table && o.parent == one.parent).map_or(0, |o| o.rows)
    };
    let more = after.iter().filter(|one| one.rows > of(before, one));
    more.map(|one| Violation::NewOrphans {
        table: one.table.clone(),
        parent: one.parent.clone(),
        rows: one.rows - of(before, one),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn census(objects: &[(&str, &str)], rows: &[(&str, u64)]) -> Census {
        let object = |(name, text): &(&str, &str)| {
            let kind = if name.starts_with("i_") { ObjectKind::Index } else { ObjectKind::Table };
            let on = text.strip_prefix("on ").map(str::to_owned);
            (SchemaObject { kind, name: (*name).to_owned() }, Definition { on, text: (*text).to_owned() })
        };
        Census {
            objects: objects.iter().map(object).collect(),
            rows: rows.iter().map(|(table, n)| (TableName::new(*table), Some(*n))).collect(),
        }
    }

    #[test]
    fn what_is_taken_away_must_be_declared_and_what_is_added_not() {
        let before = census(&[("a", "x"), ("b", "x"), ("i_b", "on b")], &[("a", 5), ("b", 3)]);
        let after = census(&[("a", "y"), ("c", "x")], &[("a", 4), ("c", 9)]);
        let found = judge(&before, &after, &Declared::default());
        assert_eq!(found.len(), 3, "{found:?}");
        let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
        let declared =
            Declared { drops_rows: names(&["a"]), drops: names(&["b"]), moves_orphans: names(&[]) };
        assert_eq!(judge(&before, &after, &declared), vec![]);
    }

    #[test]
    fn old_orphans_are_no_violation_and_new_ones_are() {
        let orphans = |rows| vec![Orphans { table: TableName::new("c"), parent: TableName::new("p"), rows }];
        assert_eq!(new_orphans(&orphans(2), &orphans(2)), vec![]);
        assert_eq!(new_orphans(&orphans(2), &orphans(1)), vec![]);
        assert_eq!(new_orphans(&[], &orphans(1)).len(), 1);
        assert_eq!(new_orphans(&orphans(2), &orphans(5)).len(), 1);
    }
}
