//! What the product says about each table: how concurrent changes meet, what makes two rows the same thing, and what
//! becomes of rows that a merge leaves without a parent or with a taken name.

use super::entry::Cell;
use crate::id::{FieldName, TableName};

/// How concurrent changes of one row meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergePolicy {
    /// Rows are added and stay: a change or a deletion is a violation, is reported, and does not spread.
    AppendOnly,
    /// The later write of the row wins whole.
    LastWriteWins,
    /// The later write of each field wins.
    LastWriteWinsPerField,
    /// The later write of each field is shown, and all versions stay as an open conflict until somebody decides.
    Manual,
    /// Any change from elsewhere stops the merge.
    Forbidden,
    /// Never leaves, never arrives.
    LocalOnly,
}

/// What makes two rows the same thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// The primary key.
    Key,
    /// These columns (by position): rows under different keys are one thing when they agree in them.
    NaturalKey(Vec<usize>),
    /// Where the row was born and its number there: for integer keys that every copy counts by itself.
    Renumber,
}

/// What the schema does with children when their parent goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDelete {
    /// Refuses, or leaves it to the application.
    Nothing,
    /// They go too; they come back with a revived parent.
    Cascade,
    /// They lose the reference.
    SetNull,
}

/// What a merge does with a child whose parent is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MissingParent {
    /// The parent comes back from its tombstone.
    #[default]
    Revive,
    /// The child is parked until somebody decides.
    Park,
    /// The child is shown without its reference.
    SetNull,
    /// The merge stops.
    Fail,
}

/// A reference to the key of another table (or of the same).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// The referring columns, by position, in the order of the parent's key.
    pub fields: Vec<usize>,
    /// The parent, by position in [`Rules::tables`].
    pub parent: usize,
    /// As the schema says.
    pub on_delete: OnDelete,
    /// As the rules say.
    pub on_missing: MissingParent,
}

/// What a merge does when two rows claim one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UniqueClash {
    /// The younger one is parked until somebody decides.
    #[default]
    Park,
    /// The merge stops.
    Fail,
}

/// Columns whose values no two rows share; a NULL among them claims nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UniqueKey {
    /// By position.
    pub fields: Vec<usize>,
    /// As the rules say.
    pub on_clash: UniqueClash,
}

/// The rules of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRules {
    /// Its name.
    pub name: TableName,
    /// Its columns; other replicas may have them in another order, so names travel.
    pub fields: Vec<FieldName>,
    /// The primary key, by position.
    pub key: Vec<usize>,
    /// What makes two rows the same thing.
    pub identity: Identity,
    /// How concurrent changes meet.
    pub policy: MergePolicy,
    /// References.
    pub foreign_keys: Vec<ForeignKey>,
    /// Unique keys besides the primary one.
    pub unique: Vec<UniqueKey>,
    /// The column that says when the row was last changed: asked only where no journal says it.
    pub changed_at: Option<usize>,
}

impl TableRules {
    /// What of a row is decided by itself: whether it is there, and every column outside the key. A row whose key changes
    /// is another one.
    pub fn cells(&self) -> impl Iterator<Item = Cell> + '_ {
        let fields = (0..self.fields.len()).filter(|field| !self.key.contains(field));
        std::iter::once(Cell::Life).chain(fields.map(Cell::Field))
    }
}

/// The rules of one database.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// The tracked tables.
    pub tables: Vec<TableRules>,
}

impl Rules {
    /// Does what becomes of a row of this table depend on no other row?
    #[must_use]
    pub fn stands_alone(&self, table: usize) -> bool {
        let rules = &self.tables[table];
        rules.foreign_keys.is_empty()
            && rules.unique.is_empty()
            && !matches!(rules.identity, Identity::NaturalKey(_))
            && self.references_to(table).next().is_none()
    }

    /// Every reference to a table, with the table that refers.
    pub fn references_to(&self, parent: usize) -> impl Iterator<Item = (usize, usize, &ForeignKey)> {
        self.tables.iter().enumerate().flat_map(move |(table, rules)| {
            let keys = rules.foreign_keys.iter().enumerate();
            keys.filter(move |(_, key)| key.parent == parent).map(move |(number, key)| (table, number, key))
        })
    }
}
