//! A table as its schema gives it: what the rules of merging are proposed from, and checked against.

use super::rules::OnDelete;
use crate::id::{FieldName, TableName};

/// How the rows of a table are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyShape {
    /// Not at all.
    None,
    /// By a number that every copy counts by itself (INTEGER PRIMARY KEY).
    Counted,
    /// By these columns, in the order of the key.
    Columns(Vec<usize>),
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
    /// Its references.
    pub references: Vec<ReferenceShape>,
}

impl TableShape {
    /// The columns of the key.
    #[must_use]
    pub fn key_fields(&self) -> &[usize] {
        match &self.key {
            KeyShape::Columns(fields) => fields,
            KeyShape::None | KeyShape::Counted => &[],
        }
    }

    /// The position of a column; names have no case in ASCII.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name.as_str().eq_ignore_ascii_case(name))
    }
}
