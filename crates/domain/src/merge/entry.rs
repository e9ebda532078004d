//! Rows, and the writes that touch them.

use crate::dot::{Clock, Dot};
use crate::value::Value;

/// One row of one table, by what makes it the same thing on every replica.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowId {
    /// Position in [`super::Rules::tables`].
    pub table: usize,
    /// The key. Where rows are renumbered it is the identity, never the local number.
    pub key: Vec<Value>,
}

/// All that a row holds, also when it is deleted: a tombstone keeps its last image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Not deleted.
    pub alive: bool,
    /// Every column, in the order of the rules.
    pub values: Vec<Value>,
}

impl Row {
    /// The values of some columns.
    #[must_use]
    pub fn pick(&self, fields: &[usize]) -> Vec<Value> {
        fields.iter().map(|field| self.values[*field].clone()).collect()
    }
}

/// What of a row is decided by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    /// Whether it is there.
    Life,
    /// One column.
    Field(usize),
}

/// A set of columns. Tables of more than 63 are tracked row by row: every write touches all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cells(u64);

impl Cells {
    /// Every column.
    pub const ALL: Self = Self(u64::MAX);

    /// As it is stored.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// As it is stored.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// Is the column in it?
    #[must_use]
    pub const fn has(self, field: usize) -> bool {
        self.0 == u64::MAX || (field < 64 && self.0 >> field & 1 == 1)
    }
}

impl FromIterator<usize> for Cells {
    fn from_iter<I: IntoIterator<Item = usize>>(fields: I) -> Self {
        let bits = fields.into_iter().map(|field| if field < 63 { 1 << field } else { u64::MAX });
        Self(bits.fold(0, |all, bit| all | bit))
    }
}

/// What a write did to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Made it, or made it again.
    Insert,
    /// Changed these columns.
    Update(Cells),
    /// Took it away.
    Delete,
}

/// One write of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touch {
    /// Which write.
    pub dot: Dot,
    /// When.
    pub clock: Clock,
    /// What it did.
    pub change: Change,
}

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The write.
    pub touch: Touch,
    /// The row; none in a line that only carries the clock on after a merge.
    pub row: Option<RowId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_beyond_the_mask_mean_the_whole_row() {
        let few: Cells = [0, 5].into_iter().collect();
        assert!(few.has(0) && few.has(5) && !few.has(1) && !few.has(70));
        let many: Cells = [70].into_iter().collect();
        assert!(many.has(0) && many.has(70) && many == Cells::ALL);
    }
}
