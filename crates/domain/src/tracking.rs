//! Tracking of writes: what a database says about it, and what an audit finds. Values only; triggers and journals are the
//! adapter's.

use crate::id::{ReplicaId, TableName};
use std::fmt;

/// What two copies of one tracked database have in common: drawn once, when tracking begins, and carried by every copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Genesis(pub [u8; 16]);

/// A database that is tracked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracking {
    /// The beginning that all its copies share.
    pub genesis: Genesis,
    /// The name under which this copy writes.
    pub replica: ReplicaId,
    /// Its writes so far.
    pub writes: u64,
    /// The tables that are tracked.
    pub tables: Vec<TableName>,
}

/// What an audit finds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum TrackingFault {
    /// Triggers of a table are gone: what was written since went unseen.
    TriggersGone(TableName),
    /// Triggers of a table are not as they were made.
    TriggersAltered(TableName),
    /// A tracked table is no more.
    TableGone(TableName),
    /// A table is not tracked yet.
    TableNew(TableName),
    /// A table has another name now.
    TableRenamed {
        /// As it was.
        from: TableName,
        /// As it is.
        to: TableName,
    },
    /// Columns were added, dropped or renamed.
    ColumnsChanged(TableName),
    /// The rule is another one than that which was followed so far.
    RuleChanged(TableName),
    /// Rows have no key: they cannot be told apart, and do not travel.
    RowsWithoutKey(TableName, u64),
}

impl TrackingFault {
    /// May writes have gone unseen?
    #[must_use]
    pub const fn is_gap(&self) -> bool {
        matches!(self, Self::TriggersGone(_) | Self::TriggersAltered(_))
    }

    /// Does making the triggers anew take care of it?
    #[must_use]
    pub const fn is_mended(&self) -> bool {
        !matches!(self, Self::RowsWithoutKey(..))
    }
}

impl fmt::Display for TrackingFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TriggersGone(table) => {
                write!(f, "the triggers of {table} are gone: writes since then went unseen")
            }
            Self::TriggersAltered(table) => write!(f, "the triggers of {table} are not as they were made"),
            Self::TableGone(table) => write!(f, "the table {table} is no more"),
            Self::TableNew(table) => write!(f, "the table {table} is not tracked yet"),
            Self::TableRenamed { from, to } => write!(f, "the table {from} is called {to} now"),
            Self::ColumnsChanged(table) => write!(f, "columns of {table} were added, dropped or renamed"),
            Self::RuleChanged(table) => write!(f, "the rule of {table} has changed"),
            Self::RowsWithoutKey(table, rows) => {
                write!(f, "{rows} rows of {table} have no key, and do not travel")
            }
        }
    }
}
