//! A table as its schema gives it: what the rules of merging are proposed from, and checked against.

use super::rules::OnDelete;
use crate::id::{FieldName, TableName};

/// How the rows of a table are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyShape {
    /// Not at all.
    None,
    /// By a number in this column that every copy counts by itself (INTEGER PRIMARY KEY).
    Counted(usize),
    /// By these columns, in the order of the key.
    Columns(Vec<usize>),
    /// By these columns, and not bit by bit: a collation takes different spellings for the same.
    Folded(Vec<usize>),
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldShape {
    /// Its name.
    pub name: FieldName,
    /// Its type as declared, empty where there is none.
    pub declared: String,
    /// It is never empty.
    pub not_null: bool,
}

/// A reference to another table's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceShape {
    /// The referring columns.
    pub fields: Vec<usize>,
    /// The parent.
    pub parent: TableName,
    /// What happens to the row when the parent goes.
    pub on_delete: OnDelete,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableShape {
    /// Its name.
    pub name: TableName,
    /// Its columns, without computed ones.
    pub fields: Vec<FieldShape>,
    /// Its key.
    pub key: KeyShape,
    /// Unique keys besides: columns that no two rows share, of whole indexes on plain columns.
    pub unique: Vec<Vec<usize>>,
    /// Names of unique indexes that no rule can express: partial ones, those on expressions, and those that compare by a
    /// collation. They are proven when a merge ends.
    pub opaque: Vec<String>,
    /// Its references.
    pub references: Vec<ReferenceShape>,
}

impl TableShape {
    /// The columns of the key.
    #[must_use]
    pub fn key_fields(&self) -> &[usize] {
        match &self.key {
            KeyShape::Columns(fields) | KeyShape::Folded(fields) => fields,
            KeyShape::Counted(field) => std::slice::from_ref(field),
            KeyShape::None => &[],
        }
    }

    /// The position of a column; names have no case in ASCII.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name.as_str().eq_ignore_ascii_case(name))
    }
}
