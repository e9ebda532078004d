//! Rows, and the writes that touch them.

use crate::dot::{Clock, Dot};
use crate::value::Value;

/// One row of one table, by what makes it the same thing on every replica.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowId {
    /// Position in [`super::Rules::tables`].
    pub table: usize,
    /// The key. Where every copy counts it by itself it is the row's origin, never the local number.
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

/// A set of columns. Tables of more than 62 are tracked row by row: every write touches all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cells(i64);

/// Columns that have a bit of their own; one more would meet the sign, which says something else.
const FIELDS_MAX: usize = 62;

impl Cells {
    /// Every column.
    pub const ALL: Self = Self(i64::MAX);

    /// Is the column in it?
    #[must_use]
    pub const fn has(self, field: usize) -> bool {
        self.0 == i64::MAX || (field < FIELDS_MAX && self.0 >> field & 1 == 1)
    }
}

impl FromIterator<usize> for Cells {
    fn from_iter<I: IntoIterator<Item = usize>>(fields: I) -> Self {
        let bits = fields.into_iter().map(|field| if field < FIELDS_MAX { 1 << field } else { i64::MAX });
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

/// What a journal keeps of a deletion.
const DELETION: i64 = -1;

impl Change {
    /// As a journal keeps it: nothing for an insert, the columns as bits for an update, -1 for a deletion.
    #[must_use]
    pub const fn code(self) -> Option<i64> {
        match self {
            Self::Insert => None,
            Self::Update(cells) => Some(cells.0),
            Self::Delete => Some(DELETION),
        }
    }

    /// Reads what [`Self::code`] gives; none where no build of ours wrote it.
    #[must_use]
    pub const fn decode(code: Option<i64>) -> Option<Self> {
        match code {
            None => Some(Self::Insert),
            Some(DELETION) => Some(Self::Delete),
            Some(bits) if bits >= 0 => Some(Self::Update(Cells(bits))),
            Some(_) => None,
        }
    }
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

impl Touch {
    /// Did a step of a migration make it, not a client?
    #[must_use]
    pub const fn is_of_step(&self) -> bool {
        self.clock.is_of_step()
    }

    /// Did a step make it of nothing that a client had written?
    #[must_use]
    pub const fn is_rootless(&self) -> bool {
        self.clock.hlc.is_of_step()
    }

    /// Does it say when the row was born? A line that changes nothing may be dated back.
    #[must_use]
    pub fn tells_birth(&self) -> bool {
        self.change != Change::Update(Cells::default())
    }
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

    #[test]
    fn every_change_survives_the_journal() {
        for field in 0..80 {
            let update = Change::Update([field].into_iter().collect());
            assert_eq!(Change::decode(update.code()), Some(update), "{field}");
            assert_ne!(update.code(), Change::Delete.code());
        }
        for change in [Change::Insert, Change::Delete, Change::Update(Cells::ALL)] {
            assert_eq!(Change::decode(change.code()), Some(change));
        }
        assert_eq!(Change::decode(Some(-2)), None);
    }
}
