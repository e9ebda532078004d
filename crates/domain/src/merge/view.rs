//! What the plan asks of a replica, and where it puts down what it has decided. An adapter answers from its tables, the
//! reference from memory; both sides are asked row by row, so that a merge of a million rows needs no memory for them.

use super::alias::Aliases;
use super::entry::{Cell, Row, RowId, Touch};
use super::report::Finding;
use super::versions::Versions;
use crate::dot::{Clock, Dot, VersionVector};
use crate::id::ReplicaId;
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The latest known write of each cell of a row; a cell that is not in it was written before tracking began.
pub type Latest = BTreeMap<Cell, (Clock, Dot)>;

/// A replica or the stage could not be read or written: the adapter's own error.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Unread(#[from] pub Box<dyn std::error::Error + Send + Sync>);

/// A question and its answer.
pub type Read<T> = Result<T, Unread>;

/// Rows in order, with what is asked of each.
pub type Rows<'a, T> = Box<dyn Iterator<Item = Read<(RowId, T)>> + 'a>;

/// Rows as all known writes amount to, deleted ones with their last image: of one replica, or of two that are merged.
pub trait Raw {
    /// A row; none where there never was one.
    ///
    /// # Errors
    /// [`Unread`], as everything here.
    fn row(&self, row: &RowId) -> Read<Option<Row>>;

    /// Rows of `table`, deleted ones too, that hold `values` in `fields`.
    ///
    /// # Errors
    /// [`Unread`].
    fn holding(&self, table: usize, fields: &[usize], values: &[Value]) -> Read<Vec<RowId>>;

    /// The natural keys under which it was ever entered, of the writes that are known. A later change of name claims
    /// nothing, and takes nothing back: so that what is united depends on what is known, not on when it was learnt.
    ///
    /// # Errors
    /// [`Unread`].
    fn claims(&self, row: &RowId) -> Read<BTreeSet<Vec<Value>>>;

    /// Rows of `table` that were entered under this natural key.
    ///
    /// # Errors
    /// [`Unread`].
    fn claiming(&self, table: usize, values: &[Value]) -> Read<Vec<RowId>>;

    /// The first known write of it, if that made it; [`Clock::GENESIS`] where it was there before: a row of that time that was
    /// deleted and entered again is still of that time. Asked only where rows clash.
    ///
    /// # Errors
    /// [`Unread`].
    fn birth(&self, row: &RowId) -> Read<Clock>;

    /// The latest known write of each of its cells. Asked only of rows that are united, and of deleted parents.
    ///
    /// # Errors
    /// [`Unread`].
    fn latest(&self, row: &RowId) -> Read<Latest>;

    /// Were all writes of this replica, from the one number to the other, deletions? So a deletion that a client's
    /// cascade made is told from one that was meant.
    ///
    /// # Errors
    /// [`Unread`].
    fn only_deletions(&self, replica: ReplicaId, between: (u64, u64)) -> Read<bool>;
}

/// One replica.
pub trait View: Raw {
    /// What it knows.
    fn vector(&self) -> VersionVector;

    /// Of what it knows, that of which lines were dropped: who lacks any of it cannot be told what happened.
    fn floor(&self) -> VersionVector;

    /// Rows under different keys that are one thing.
    fn aliases(&self) -> Aliases;

    /// Every row that was written beyond `since`, ordered by row, with those writes.
    fn touched(&self, since: &VersionVector) -> Rows<'_, Vec<Touch>>;

    /// Its open versions.
    ///
    /// # Errors
    /// [`Unread`].
    fn versions(&self, row: &RowId) -> Read<Versions>;

    /// Rows that are not shown as they are.
    ///
    /// # Errors
    /// [`Unread`].
    fn repaired(&self) -> Read<Vec<RowId>>;
}

/// Where a plan is put down. Nothing of it counts before the whole is carried out.
pub trait Stage {
    /// Forgets everything: more rows turned out to be one thing, and all is decided again.
    ///
    /// # Errors
    /// [`Unread`], as everything here.
    fn clear(&mut self) -> Read<()>;

    /// The row is to be this; none where another key stands for it. `fields` are the columns that it is looked for by.
    ///
    /// # Errors
    /// [`Unread`].
    fn set(&mut self, row: &RowId, to: Option<Row>, fields: &[&[usize]]) -> Read<()>;

    /// What was set; the outer none where nothing was.
    ///
    /// # Errors
    /// [`Unread`].
    fn get(&self, row: &RowId) -> Read<Option<Option<Row>>>;

    /// Rows that were set and hold `values` in `fields`.
    ///
    /// # Errors
    /// [`Unread`].
    fn holding(&self, table: usize, fields: &[usize], values: &[Value]) -> Read<Vec<RowId>>;

    /// The row's open versions are to be these.
    ///
    /// # Errors
    /// [`Unread`].
    fn hold(&mut self, row: &RowId, versions: Versions) -> Read<()>;

    /// The row is to be looked at for clashes and lost parents.
    ///
    /// # Errors
    /// [`Unread`].
    fn touch(&mut self, row: &RowId) -> Read<()>;

    /// Every row that was touched, each once, in order; after `from` where that is given, and at most `count` of them.
    ///
    /// # Errors
    /// [`Unread`].
    fn touched(&self, from: Option<&RowId>, count: usize) -> Read<Vec<RowId>>;

    /// A line of the report.
    ///
    /// # Errors
    /// [`Unread`].
    fn tell(&mut self, finding: Finding) -> Read<()>;
}
