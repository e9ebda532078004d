//! What a merge has to tell: every write that did not make it, and everything that was changed to keep the data whole.

use super::entry::{Cell, RowId};
use crate::dot::{Clock, Dot};

/// Whose write of two stayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kept {
    /// The local one.
    Ours,
    /// The one that arrived.
    Theirs,
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Two sides wrote one cell; the earlier write lost.
    Lost {
        /// The row.
        row: RowId,
        /// What of it.
        cell: Cell,
        /// The write that lost.
        dot: Dot,
        /// When it was made.
        clock: Clock,
        /// Whose write stayed.
        kept: Kept,
    },
    /// Two sides wrote one cell, and somebody has to decide.
    Conflict {
        /// The row.
        row: RowId,
        /// What of it.
        cell: Cell,
    },
    /// A row of an append-only table was changed or deleted; that did not spread.
    Violation {
        /// The row.
        row: RowId,
        /// The write.
        dot: Dot,
    },
    /// Two rows are one thing: the younger one is known by the elder's key now.
    United {
        /// The elder.
        kept: RowId,
        /// The younger.
        gone: RowId,
    },
    /// A deleted row is there again, because something refers to it.
    Revived {
        /// The row.
        row: RowId,
    },
    /// A row is not shown: another one has its value, or its parent is not shown.
    Parked {
        /// The row.
        row: RowId,
    },
    /// A row is shown without its reference.
    Nulled {
        /// The row.
        row: RowId,
        /// Which reference, by position in the rules.
        reference: usize,
    },
}
