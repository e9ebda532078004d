//! One database, as backup and restore see it.

use crate::{PortError, Watch};
use async_trait::async_trait;
use lifeboat_domain::findings::Examination;
use lifeboat_domain::restore::Company;
use lifeboat_domain::row_difference::TableDifference;
use lifeboat_domain::schema::{DatabaseFacts, JournalMode};
use std::any::Any;
use std::path::Path;
use std::time::Duration;

/// Should rows be counted?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// Header and schema only: cheap at any size.
    HeaderOnly,
    /// Count the rows of every table as well.
    Rows,
}

/// Should the pinned source be examined as well as copied?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceChecks {
    /// Only its facts and counts: enough while the copy shows no finding.
    FactsOnly,
    /// Its findings too, in the same pinned read: needed to show that a finding of the copy is the source's own.
    Full,
}

/// How long and how far a capture may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaptureLimits {
    /// Longest time that the source stays pinned.
    pub pin_max: Duration,
    /// Furthest growth of the write-ahead log while pinned, in bytes.
    pub wal_growth_bytes_max: u64,
    /// Longest wait for a lock of another process.
    pub wait: Duration,
}

/// One capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaptureOrder {
    /// What to do with the source besides copying.
    pub source: SourceChecks,
    /// Bounds.
    pub limits: CaptureLimits,
}

/// What a capture yields, besides the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    /// The source at the pinned instant.
    pub facts: DatabaseFacts,
    /// The source's own examination, with [`SourceChecks::Full`].
    pub source: Option<Examination>,
    /// Growth of the write-ahead log while pinned, in bytes.
    pub wal_growth_bytes: u64,
}

/// What to do where the point's page size is not the live one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageSize {
    /// They are equal, or the live database can take another.
    AsPoint,
    /// Take the live database through rollback-journal mode and back; needs it alone.
    ThroughRollback,
}

/// One install.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstallOrder {
    /// Longest wait for a lock of another process.
    pub wait: Duration,
    /// What about another page size.
    pub page_size: PageSize,
}

/// May other processes commit between a mark and the install that is given it?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writers {
    /// Yes; then the install fails with `Changed`.
    MayCommit,
    /// They wait until the install begins. Only for a moment are they let in before it takes its own lock.
    Wait,
}

/// The live database as it was at one moment, for an install that must not overwrite anything newer. Only the
/// snapshotter that made it can read it.
pub struct Mark(pub Box<dyn Any + Send>);

/// What the live database looks like right after an install.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Facts and counts, read before the connection was given up.
    pub facts: DatabaseFacts,
    /// Another process committed between the install and the reading: the counts may be its work.
    pub others_wrote: bool,
}

/// Proof that this process holds no connection, jobs are stopped, and who else has the file.
/// Dropping it lets connections be opened again, on every path, panics and dropped futures included.
pub trait Quiesced: Send + Sync {
    /// Is anybody else there?
    fn company(&self) -> Company;
}

/// Takes snapshots of one database, examines them, and puts one in its place.
///
/// # Contract
/// - *Looking changes nothing*: `inspect`, `capture`, `examine` and `row_differences` leave content, journal
///   mode and header ids of the live database as they were.
/// - `capture` writes one consistent instant of the source into `into`, whatever other processes write
///   meanwhile, without restarting; it never blocks a writer of a database with a write-ahead log. After a
///   failure `into` holds nothing that may be used, and the source is untouched. It stops at the next step
///   after a cancel. The bytes are not yet durable: sealing is the vault's.
/// - `examine` reads a file at rest (nobody writes it) and creates nothing beside it.
/// - `install` is atomic: whatever stops it (kill, error), the live database opens afterwards in its old or its
///   new state. Once it has begun there is no cancel. Another process that holds a lock for longer than
///   `wait` gives `Busy`, and nothing was changed. It raises the schema cookie by exactly one.
/// - An install that is given a mark fails with `Changed`, and changes nothing, where anybody committed since the
///   mark was made: no commit falls between the look at it and the install's own lock.
/// - `quiesce` fails with `Busy` where this process's own connections do not come back within `wait`; the guard
///   re-opens on drop.
/// - All calls may be made concurrently; they block a thread of the runtime's blocking pool, not the caller's.
#[async_trait]
pub trait Snapshotter: Send + Sync {
    /// Looks at the live database.
    ///
    /// # Errors
    /// `NotFound`, `NotADatabase`, `Damaged`, `Busy`, `PermissionDenied`, `Io`.
    async fn inspect(&self, counting: Counting) -> Result<DatabaseFacts, PortError>;

    /// Copies the live database into the empty file `into`.
    ///
    /// # Errors
    /// As `inspect`, and `LimitExceeded`, `Cancelled`, `NoSpace`.
    async fn capture(&self, into: &Path, order: CaptureOrder, watch: &Watch) -> Result<Captured, PortError>;

    /// Examines the live database as `examine` does a file, at one pinned instant.
    ///
    /// # Errors
    /// As `inspect` and `examine`.
    async fn examine_live(&self, watch: &Watch) -> Result<Examination, PortError>;

    /// Examines a file at rest: structure, foreign keys, schema, counts.
    ///
    /// # Errors
    /// `NotFound`, `NotADatabase`, `Damaged` where it cannot even be read, `Cancelled`, `Io`. Findings are no
    /// errors.
    async fn examine(&self, file: &Path, watch: &Watch) -> Result<Examination, PortError>;

    /// Compares the live database, row by row where a key allows it, with a file at rest.
    ///
    /// # Errors
    /// As `inspect` and `examine`.
    async fn row_differences(&self, file: &Path, watch: &Watch) -> Result<Vec<TableDifference>, PortError>;

    /// Writes `to` as a copy of the file at rest `from` with another page size.
    ///
    /// # Errors
    /// As `examine`, and `NoSpace`, `AlreadyExists`.
    async fn rebuild(&self, from: &Path, to: &Path, page_size: u32) -> Result<(), PortError>;

    /// Stops this process's own use of the database and looks who else has it.
    ///
    /// # Errors
    /// `Busy`.
    async fn quiesce(&self, wait: Duration) -> Result<Box<dyn Quiesced>, PortError>;

    /// Remembers the live database as it is now. Dropping the mark lets writers go on.
    ///
    /// # Errors
    /// As `inspect`; `Busy` where the write lock is not to be had.
    async fn mark(&self, writers: Writers) -> Result<Mark, PortError>;

    /// Gives the live database this journal mode, as an application would; the content stays as it is.
    ///
    /// # Errors
    /// `Busy` beside others, `PermissionDenied`, `Io`.
    async fn use_journal(&self, mode: JournalMode) -> Result<(), PortError>;

    /// Puts the content of the file at rest `from` into the live database.
    ///
    /// # Errors
    /// `Busy`, `Changed`, `NoSpace`, `Damaged`, `PermissionDenied`, `Io`; the live database is then in its old
    /// state.
    async fn install(
        &self,
        from: &Path,
        since: Option<Mark>,
        order: InstallOrder,
        watch: &Watch,
    ) -> Result<Installed, PortError>;
}
