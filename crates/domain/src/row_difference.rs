//! What a restore would change, table by table, as counts.

use crate::id::TableName;
use crate::schema::TableCount;
use std::collections::BTreeMap;

/// How one table of the live database differs from the same table of a restore point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDifference {
    /// The table.
    pub table: TableName,
    /// What would happen to it.
    pub change: TableChange,
}

/// The effect of a restore on one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableChange {
    /// Same rows, same values.
    Equal,
    /// Rows compared one by one by their key.
    Rows {
        /// Rows only the point has: they come back.
        added: u64,
        /// Rows only the live database has: they go.
        removed: u64,
        /// Rows that both have with other values.
        changed: u64,
    },
    /// Only the counts could be compared (no usable key, or other columns).
    CountOnly {
        /// Rows now, `None` where not countable.
        live: Option<u64>,
        /// Rows after the restore, `None` where not countable.
        point: Option<u64>,
    },
    /// The table exists only in the point and comes back.
    Appears {
        /// Its rows, `None` where not countable.
        rows: Option<u64>,
    },
    /// The table exists only in the live database and goes.
    Vanishes {
        /// Its rows, `None` where not countable.
        rows: Option<u64>,
    },
}

impl TableChange {
    /// Nothing would change, as far as could be compared.
    #[must_use]
    pub fn is_equal(self) -> bool {
        self == Self::Equal
    }
}

/// Compares by counts alone: cheap, and honest about it.
#[must_use]
pub fn by_counts(live: &[TableCount], point: &[TableCount]) -> Vec<TableDifference> {
    let left: BTreeMap<_, _> = live.iter().map(|t| (&t.table, t.rows)).collect();
    let right: BTreeMap<_, _> = point.iter().map(|t| (&t.table, t.rows)).collect();
    let mut names: Vec<_> = left.keys().chain(right.keys()).copied().collect();
    names.sort();
    names.dedup();
    let change = |name| match (left.get(name), right.get(name)) {
        (Some(live), Some(point)) => TableChange::CountOnly { live: *live, point: *point },
        (None, Some(rows)) => TableChange::Appears { rows: *rows },
        (Some(rows), None) => TableChange::Vanishes { rows: *rows },
        (None, None) => TableChange::Equal,
    };
    names.into_iter().map(|name| TableDifference { table: name.clone(), change: change(name) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, rows: u64) -> TableCount {
        TableCount { table: TableName::new(name), rows: Some(rows) }
    }

    #[test]
    fn appearing_and_vanishing_tables_are_told_apart() {
        let diff = by_counts(&[table("a", 1), table("b", 2)], &[table("b", 3), table("c", 4)]);
        let changes: Vec<_> = diff.iter().map(|d| d.change).collect();
        assert_eq!(
            changes,
            [
                TableChange::Vanishes { rows: Some(1) },
                TableChange::CountOnly { live: Some(2), point: Some(3) },
                TableChange::Appears { rows: Some(4) }
            ]
        );
    }
}
