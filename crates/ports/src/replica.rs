//! One tracked database, as merging sees it: another copy of it is taken over.

use crate::{Check, Mark, PortError, Watch};
use async_trait::async_trait;
use lifeboat_domain::dot::{Clock, Dot};
use lifeboat_domain::id::{FieldName, ReplicaId, TableName};
use lifeboat_domain::merge::{Kept, Rules};
use lifeboat_domain::time::UtcMillis;
use lifeboat_domain::value::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What is to be merged.
#[derive(Debug, Clone)]
pub struct MergeOrder {
    /// A private copy of the other database: verified, brought to this one's schema, and free to be written.
    pub other: PathBuf,
    /// The rules, settled against the schema.
    pub rules: Rules,
    /// Wall time.
    pub now: UtcMillis,
    /// What the merge is called in the bookkeeping.
    pub id: String,
    /// Is a clock of the other side that is far ahead believed?
    pub clock: FutureClock,
    /// A file at rest with the last state that both had, where one is known: conflicts are told with its values.
    pub base: Option<PathBuf>,
    /// What becomes of rows here that are the same thing by their natural key.
    pub duplicates: Duplicates,
    /// What has to hold afterwards besides keys and references.
    pub checks: Vec<Check>,
    /// Longest wait for a lock of another process.
    pub wait: Duration,
}

/// What becomes of a clock that is more than a day ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FutureClock {
    /// The merge stops.
    Stop,
    /// It is believed: its writes win until the others catch up.
    Believe,
}

/// What becomes of rows of this database that share a natural key and were entered under different keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duplicates {
    /// They stay: only what two copies entered apart is united.
    Leave,
    /// They are united, the eldest's key stays, and what refers to the others refers to it.
    Unite,
}

/// One row as people know it: its table, and its key in this database.
#[derive(Debug, Clone, PartialEq)]
pub struct RowName {
    /// The table.
    pub table: TableName,
    /// Key columns with their values here.
    pub key: Vec<(FieldName, Value)>,
}

/// One version of an open conflict.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenVersion {
    /// Which write.
    pub dot: Dot,
    /// When.
    pub clock: Clock,
    /// What it said; of life 1 or 0.
    pub value: Value,
    /// Was it made here?
    pub ours: bool,
}

/// A conflict that somebody has to decide.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenConflict {
    /// Its id: the same on every replica.
    pub id: String,
    /// The row.
    pub row: RowName,
    /// The column; none where it is about whether the row is there.
    pub field: Option<FieldName>,
    /// What was said, the latest first; it is what is shown.
    pub versions: Vec<OpenVersion>,
    /// What it was before both wrote, where that is known.
    pub base: Option<Value>,
}

/// One line of a report.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// Two sides wrote one cell; the earlier write lost.
    Lost {
        /// The row.
        row: RowName,
        /// The column; none where it is about the row as a whole.
        field: Option<FieldName>,
        /// Whose write stayed.
        kept: Kept,
        /// Who wrote what was lost.
        by: ReplicaId,
        /// When.
        at: UtcMillis,
    },
    /// Somebody has to decide.
    Conflict(OpenConflict),
    /// A row of an append-only table was changed or deleted; that did not spread.
    Violation(RowName),
    /// Two rows are one thing.
    United {
        /// The elder.
        kept: RowName,
        /// The younger.
        gone: RowName,
        /// Columns of which the two said different things, where the other side has both.
        differ: Vec<FieldName>,
    },
    /// A deleted row is there again, because something refers to it.
    Revived(RowName),
    /// A row is not shown.
    Parked(RowName),
    /// A row is shown without its reference.
    Nulled(RowName),
    /// A row that came from elsewhere has another number here than where it was born.
    Renumbered {
        /// The row, with its number here.
        row: RowName,
        /// Who made it.
        by: ReplicaId,
        /// Its number there.
        number: i64,
    },
    /// A copied file or a restored backup was written apart: one of the branches has a name of its own now.
    Branch {
        /// The name that both had.
        replica: ReplicaId,
        /// The new one.
        to: ReplicaId,
        /// Is it this copy's?
        ours: bool,
    },
}

/// A merge that took place.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MergeReport {
    /// Rows that were written.
    pub rows: u64,
    /// Writes of others that are known now.
    pub lines: u64,
    /// What is to be told.
    pub told: Vec<Told>,
}

/// How a conflict is decided.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    /// The version that was made here.
    Ours,
    /// The version that was made elsewhere.
    Theirs,
    /// Neither: this.
    Value(Value),
}

/// One decision.
#[derive(Debug, Clone)]
pub struct ResolveOrder {
    /// The conflict's id.
    pub id: String,
    /// How it is decided.
    pub choice: Choice,
    /// The rules, settled against the schema.
    pub rules: Rules,
    /// Longest wait for a lock of another process.
    pub wait: Duration,
}

/// Why a merge did not take place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergeStop {
    /// The other database is not tracked.
    OtherNotTracked,
    /// The two do not come from one tracked database.
    OtherLineage,
    /// The two follow different rules for a table.
    RulesDiffer(TableName),
    /// A clock of the other side is this far ahead.
    ClockAhead {
        /// Milliseconds.
        by: i64,
    },
    /// The rules forbid changes of this table from elsewhere.
    Forbidden(TableName),
    /// The rules let no row of this table lack its parent or share a unique value.
    Unsettled(TableName),
    /// The schema does not take what the merge amounts to; the engine's words, without values.
    Violated(String),
    /// Lines that one side lacks were dropped on the other, because nobody was known who lacks them.
    BelowFloor {
        /// Were they dropped here?
        ours: bool,
    },
    /// A check finds so many things wrong with what the merge amounts to.
    Checked {
        /// Its name.
        check: String,
        /// How many.
        found: u64,
    },
    /// A check could not be asked.
    CheckFailed {
        /// Its name.
        check: String,
        /// The engine's words, or its own.
        why: String,
    },
}

/// How a merge ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Merged {
    /// It took place.
    Done(MergeReport),
    /// It did not, and nothing was changed.
    Stopped(MergeStop),
}

/// Is it carried out?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trial {
    /// It is only worked out.
    Rehearse,
    /// It is.
    CarryOut,
}

/// What is to be forgotten.
#[derive(Debug, Clone)]
pub struct CompactOrder {
    /// The rules, settled against the schema.
    pub rules: Rules,
    /// Peers that are no more: nothing waits for them, and they are refused should they come after all.
    pub forget: Vec<ReplicaId>,
    /// Is it carried out?
    pub trial: Trial,
    /// Longest wait for a lock of another process.
    pub wait: Duration,
}

/// What another copy was known to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerState {
    /// Its name.
    pub replica: ReplicaId,
    /// Writes known here that it was not known to have.
    pub lacks: u64,
}

/// What was forgotten, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Compacted {
    /// Lines of journals.
    pub lines: u64,
    /// Deleted rows.
    pub tombstones: u64,
    /// The peers that count; where there are none, nothing is forgotten.
    pub peers: Vec<PeerState>,
}

/// Takes over another copy of a tracked database.
///
/// Contract:
/// - A merge is all or nothing; where it fails or stops, the database is as it was.
/// - What both know is the same afterwards, whichever way round and in whatever order copies are merged; a merge that brings
///   nothing new writes nothing.
/// - No write that was committed is lost without a line in the report.
/// - What is compacted is known to every peer: it changes no row that a client sees, and no merge with a peer; who lacks any of it
///   is refused, and never guessed about. A rehearsal changes nothing.
/// - Foreign keys and unique keys that held before hold afterwards, and so do the checks that are asked for.
#[async_trait]
pub trait Replica: Send + Sync {
    /// Merges the copy into the live database, unless somebody else has committed since the mark.
    ///
    /// # Errors
    /// `Busy`, `Changed`, `NotFound` where it is not tracked, `UnknownFormat`, `Damaged`, `NoSpace`, `Unsupported`, `Io`.
    async fn merge(&self, order: MergeOrder, since: Option<Mark>, watch: &Watch)
    -> Result<Merged, PortError>;

    /// The same into a private copy at rest, which nobody needs where this process dies.
    ///
    /// # Errors
    /// As `merge`.
    async fn merge_on(&self, file: &Path, order: MergeOrder, watch: &Watch) -> Result<Merged, PortError>;

    /// Drops lines and deleted rows that every known peer has. All or nothing. The application layer does not offer it yet: what keeps it
    /// from users stands in ADR 0027 under *Open*.
    ///
    /// # Errors
    /// As `merge`; `NotFound` for a peer that is to be forgotten and is none.
    async fn compact(&self, order: CompactOrder) -> Result<Compacted, PortError>;

    /// Was a merge of this id carried out? False where the database is not tracked.
    ///
    /// # Errors
    /// `NotFound`, `NotADatabase`, `Busy`, `Damaged`, `Io`.
    async fn has_merged(&self, id: &str) -> Result<bool, PortError>;

    /// Decides a conflict: a new write that knows all versions, so that it closes the conflict everywhere. None where there is
    /// no such conflict.
    ///
    /// # Errors
    /// As `merge`; `AlreadyExists` where several versions answer to the choice, `Unsupported` where the schema refuses the
    /// value.
    async fn resolve(&self, order: ResolveOrder) -> Result<Option<OpenConflict>, PortError>;

    /// What somebody has to decide.
    ///
    /// # Errors
    /// As `merge`.
    async fn conflicts(&self, rules: &Rules) -> Result<Vec<OpenConflict>, PortError>;
}
