//! Tracking of one database: every write of any client is written down, so that copies can be merged.

use crate::PortError;
use async_trait::async_trait;
use lifeboat_domain::id::{ReplicaId, TableName};
use lifeboat_domain::merge::{Rules, TableShape};
use lifeboat_domain::tracking::{Genesis, Tracking, TrackingFault};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

/// What tracking begins with, or goes on with.
#[derive(Debug, Clone)]
pub struct TrackOrder {
    /// The rules, settled against the schema as it is.
    pub rules: Rules,
    /// The beginning that all copies will share; used where none is written down yet.
    pub genesis: Genesis,
    /// The name of this copy; used where none is written down yet.
    pub replica: ReplicaId,
    /// From which state on; used where tracking begins.
    pub beginning: Beginning,
    /// Longest wait for a lock of another process.
    pub wait: Duration,
}

/// From which state on a copy is tracked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beginning {
    /// As it is: rows that are there belong to all copies, and need no line.
    Now,
    /// As another file at rest has it, of the same schema: what differs gets lines. Of a private copy, which nobody needs where
    /// this process dies.
    Earlier(Earlier),
}

/// A state of the past, or that of another copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// The file; only read, and nobody writes it meanwhile.
    pub file: PathBuf,
    /// What a row means that it has and this copy has not.
    pub absence: Absence,
    /// Tables whose rows change as wholes.
    pub whole: BTreeSet<TableName>,
    /// Of two writes of one time the one of the higher rank counts as the later.
    pub rank: u16,
}

/// What the absence of a row means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// It was deleted here since: the file holds a state that this copy has had.
    Deleted,
    /// Nothing: the file is another copy, which may have entered it itself.
    Unknown,
}

/// How tracking was brought about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracked {
    /// As it is now.
    pub tracking: Tracking,
    /// Did it begin just now?
    pub began: bool,
    /// What was found and mended; empty where it began just now.
    pub mended: Vec<TrackingFault>,
    /// Rows that were written down: because nobody knows which of them changed while nobody looked, or because they differ from the
    /// earlier state from which tracking began.
    pub rewritten: u64,
}

/// Writes down what clients write, in the database itself and with its own means: a client that knows nothing of Lifeboat
/// is tracked as well, and none is kept from writing.
///
/// Contract:
/// - Looking (`survey`, `tracking`, `audit`) changes nothing.
/// - `track` is all or nothing; where it fails the database is as it was. It changes no row of the user's, and its cost does
///   not grow with them. Done twice it changes nothing more.
/// - From then on each committed insert, update and deletion of a tracked row adds at least one line; what was rolled back
///   adds none.
/// - Tracking from an earlier state writes a line for each row that differs from it, and for each that is gone where absence means
///   deletion; it changes no row either.
/// - `audit` of a database that `track` has just left finds nothing but rows without a key.
/// - After `untrack` nothing of tracking is left, and every row of the user's is as it was.
#[async_trait]
pub trait Tracker: Send + Sync {
    /// The user's tables.
    ///
    /// # Errors
    /// `NotFound`, `NotADatabase`, `Busy`, `Damaged`, `Io`.
    async fn survey(&self) -> Result<Vec<TableShape>, PortError>;

    /// What the database says about its tracking; none where it is not tracked.
    ///
    /// # Errors
    /// As `survey`; `UnknownFormat` where a newer Lifeboat tracks it.
    async fn tracking(&self) -> Result<Option<Tracking>, PortError>;

    /// Begins to track, or brings tracking up to date with schema and rules.
    ///
    /// # Errors
    /// As `tracking`; `AlreadyExists` where a table of the user's has a name that tracking needs, `NoSpace`.
    async fn track(&self, order: TrackOrder) -> Result<Tracked, PortError>;

    /// Compares triggers and registry with schema and rules.
    ///
    /// # Errors
    /// As `tracking`; `NotFound` where it is not tracked.
    async fn audit(&self, rules: &Rules) -> Result<Vec<TrackingFault>, PortError>;

    /// Takes tracking away, with everything that was written down. Gives what was there.
    ///
    /// # Errors
    /// As `track`.
    async fn untrack(&self, wait: Duration) -> Result<Option<Tracking>, PortError>;
}
