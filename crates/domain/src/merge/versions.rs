//! The open versions of cells under the manual policy: what concurrent writers said, until a later write that knows them all.

use super::entry::Cell;
use crate::dot::{Clock, Dot, VersionVector};
use crate::value::Value;
use std::collections::BTreeMap;

/// What one writer said of one cell. Of [`Cell::Life`] the value is 1 or 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The write.
    pub dot: Dot,
    /// When.
    pub clock: Clock,
    /// What it said.
    pub value: Value,
}

/// Versions by cell, the latest first; a cell that one writer had the last word on is not in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Versions(BTreeMap<Cell, Vec<Version>>);

impl Versions {
    /// Nothing is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The open versions of a cell.
    #[must_use]
    pub fn of(&self, cell: Cell) -> &[Version] {
        self.0.get(&cell).map_or(&[], Vec::as_slice)
    }

    /// Every open cell.
    pub fn iter(&self) -> impl Iterator<Item = (Cell, &[Version])> {
        self.0.iter().map(|(cell, versions)| (*cell, versions.as_slice()))
    }

    /// Somebody who knew them all wrote the cell: it is decided.
    pub fn close(&mut self, cell: Cell) {
        self.0.remove(&cell);
    }

    /// Writes of a branch get another replica's name.
    pub fn rename(&mut self, renamed: impl Fn(Dot) -> Dot) {
        for version in self.0.values_mut().flatten() {
            version.dot = renamed(version.dot);
            version.clock.replica = version.dot.replica;
        }
    }

    /// Values get another spelling: references name the row that stands for their parent.
    pub(super) fn respell(&mut self, spell: impl Fn(Cell, &Value) -> Option<Value>) {
        for (cell, versions) in &mut self.0 {
            for version in versions {
                if let Some(value) = spell(*cell, &version.value) {
                    version.value = value;
                }
            }
        }
    }

    /// What was said of a cell by writers who did not know of one another. Versions that say the same stay apart, because a
    /// third replica may know only one of them; a single one leaves nothing to keep.
    pub fn hold(&mut self, cell: Cell, mut versions: Vec<Version>) {
        versions.sort_by_key(|version| std::cmp::Reverse(version.clock));
        versions.dedup();
        if versions.len() > 1 {
            self.0.insert(cell, versions);
        } else {
            self.0.remove(&cell);
        }
    }

    /// Cells of which different things were said: somebody has to decide.
    pub fn conflicts(&self) -> impl Iterator<Item = Cell> {
        let differ = |versions: &[Version]| versions.iter().any(|version| version.value != versions[0].value);
        self.iter().filter(move |(_, versions)| differ(versions)).map(|(cell, _)| cell)
    }
}

/// What is still open of two sides' versions: what both have, and of the rest what the other has never seen. What the
/// other knows and no longer has was decided there.
#[must_use]
pub(super) fn join(
    (ours, we_know): (&[Version], &VersionVector),
    (theirs, they_know): (&[Version], &VersionVector),
) -> Vec<Version> {
    let has = |side: &[Version], dot| side.iter().any(|version| version.dot == dot);
    let kept = ours.iter().filter(|v| !they_know.includes(v.dot) || has(theirs, v.dot));
    let new = theirs.iter().filter(|v| !we_know.includes(v.dot) && !has(ours, v.dot));
    kept.chain(new).cloned().collect()
}
