//! What the plan asks of a replica. An adapter answers from its tables, the reference from memory.

use super::alias::Aliases;
use super::entry::{Cell, Row, RowId, Touch};
use super::versions::Versions;
use crate::dot::{Clock, Dot, VersionVector};
use crate::id::ReplicaId;
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The latest known write of each cell of a row; a cell that is not in it was written before tracking began.
pub type Latest = BTreeMap<Cell, (Clock, Dot)>;

/// Rows as all known writes amount to, deleted ones with their last image: of one replica, or of two that are merged.
pub trait Raw {
    /// A row; none where there never was one.
    fn row(&self, row: &RowId) -> Option<Row>;

    /// Rows of `table`, deleted ones too, that hold `values` in `fields`.
    fn holding(&self, table: usize, fields: &[usize], values: &[Value]) -> Vec<RowId>;

    /// The natural keys under which it was ever entered, of the writes that are known. A later change of name claims
    /// nothing, and takes nothing back: so that what is united depends on what is known, not on when it was learnt.
    fn claims(&self, row: &RowId) -> BTreeSet<Vec<Value>>;

    /// Rows of `table` that were entered under this natural key.
    fn claiming(&self, table: usize, values: &[Value]) -> Vec<RowId>;

    /// The first known write of it, if that made it; [`Clock::GENESIS`] where it was there before: a row of that time that was
    /// deleted and entered again is still of that time. Asked only where rows clash.
    fn birth(&self, row: &RowId) -> Clock;

    /// The latest known write of each of its cells. Asked only of rows that are united, and of deleted parents.
    fn latest(&self, row: &RowId) -> Latest;

    /// Were all writes of this replica, from the one number to the other, deletions? So a deletion that a client's
    /// cascade made is told from one that was meant.
    fn only_deletions(&self, replica: ReplicaId, between: (u64, u64)) -> bool;
}

/// One replica.
pub trait View: Raw {
    /// What it knows.
    fn vector(&self) -> VersionVector;

    /// Every row that was written beyond `since`, ordered by row, with those writes.
    fn touched(&self, since: &VersionVector) -> Box<dyn Iterator<Item = (RowId, Vec<Touch>)> + '_>;

    /// Its open versions.
    fn versions(&self, row: &RowId) -> Versions;

    /// Rows under different keys that are one thing.
    fn aliases(&self) -> Aliases;

    /// Rows that are not shown as they are.
    fn repaired(&self) -> Vec<RowId>;
}
