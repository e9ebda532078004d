//! One database, as migrations see it.

use crate::{Mark, PortError, Watch};
use async_trait::async_trait;
use lifeboat_domain::digest::Digest;
use lifeboat_domain::id::{SnapshotId, TableName};
use lifeboat_domain::merge::{Misruled, TableDraft};
use lifeboat_domain::migration::adoption::Spelled;
use lifeboat_domain::migration::foreign::ForeignLedger;
use lifeboat_domain::migration::{Change, Ledger, ObjectKind, StepHeader, StepId};
use lifeboat_domain::time::UtcMillis;
use lifeboat_domain::value::Value;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// What a step in code works on: the migration's own transaction.
pub trait StepConnection {
    /// Runs one statement; gives the rows that it changed.
    ///
    /// # Errors
    /// The engine's refusal; the step fails with it.
    fn execute(&mut self, statement: &str, parameters: &[Value]) -> Result<u64, StepFailure>;

    /// Runs one query; gives every row.
    ///
    /// # Errors
    /// As `execute`.
    fn query(&mut self, statement: &str, parameters: &[Value]) -> Result<Vec<Vec<Value>>, StepFailure>;

    /// Defines a table anew and keeps its rows, indexes, triggers and views: `definition` is its CREATE TABLE.
    /// Columns of the same name are copied, others get their default.
    ///
    /// # Errors
    /// As `execute`.
    fn rebuild_table(&mut self, table: &str, definition: &str) -> Result<(), StepFailure>;
}

/// Why a step failed: words without values. What the machine did to it is kept apart, because such a step may be
/// tried again.
#[derive(Debug, thiserror::Error)]
pub enum StepFailure {
    /// The step itself: its statements, or what it says.
    #[error("{0}")]
    Step(String),
    /// The machine: busy, full, denied, broken, cancelled.
    #[error(transparent)]
    Machine(#[from] PortError),
}

/// A step written in code.
pub trait CodeStep: Send + Sync {
    /// Does it.
    ///
    /// # Errors
    /// Whatever makes the step fail: nothing of it stays.
    fn run(&self, on: &mut dyn StepConnection) -> Result<(), StepFailure>;
}

/// What a step does.
#[derive(Clone)]
pub enum StepBody {
    /// Statements.
    Script(String),
    /// Code.
    Code(Arc<dyn CodeStep>),
}

/// One step, ready to run.
#[derive(Clone)]
pub struct MigrationStep {
    /// Number and name.
    pub id: StepId,
    /// Digest of its text, line ends normalised; of its revision where it is code.
    pub digest: Digest,
    /// What it declares.
    pub header: StepHeader,
    /// What it does.
    pub body: StepBody,
}

impl std::fmt::Debug for MigrationStep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MigrationStep")
            .field("id", &self.id)
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}

/// What the ledger says about a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRecord {
    /// When it began.
    pub at: UtcMillis,
    /// Version of the application.
    pub app_version: Option<String>,
    /// Version of Lifeboat.
    pub lifeboat_version: String,
    /// The state before, as a restore point.
    pub restore_point: Option<SnapshotId>,
}

/// What becomes of tracking when steps change what is tracked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Follow {
    /// Nothing is said of it: a database that is tracked is not migrated.
    Nothing,
    /// It follows these rules afterwards. What steps write is in the journal as theirs: it yields to what clients wrote elsewhere.
    Rules(Vec<TableDraft>),
    /// The same on a private copy of another database: nothing of it is in the journal, because that database says itself what its
    /// steps wrote, once they run there.
    Staged(Vec<TableDraft>),
}

/// One run.
#[derive(Debug, Clone)]
pub struct RunOrder {
    /// What is pending, in order.
    pub steps: Vec<MigrationStep>,
    /// Number of the last step that was done when the steps were planned.
    pub head: u32,
    /// Written into the header where it is 0 there.
    pub application_id: Option<i32>,
    /// For the ledger.
    pub record: RunRecord,
    /// What becomes of tracking.
    pub follow: Follow,
    /// Longest wait for a lock of another process.
    pub wait: Duration,
}

/// What one step did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepReport {
    /// Which.
    pub id: StepId,
    /// How long it took.
    pub took: Duration,
    /// What differs after it.
    pub changes: Vec<Change>,
    /// Rows without a parent that went to a side table, by table.
    pub orphans_moved: Vec<(TableName, u64)>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// The steps that are committed.
    pub done: Vec<StepReport>,
    /// The step that failed, and why; nothing of it stayed, nor of those in its transaction.
    pub failed: Option<(StepId, String)>,
    /// What of the rules does not fit the schema that the steps make; nothing of the last transaction stayed then.
    pub misruled: Vec<Misruled>,
}

/// Whose schema is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaOf<'a> {
    /// The live database's.
    Live,
    /// A file's at rest.
    File(&'a Path),
}

/// A schema, to be compared and to be made again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SchemaReading {
    /// Objects with their definitions, spelled alike.
    pub spelled: Spelled,
    /// The definitions as they stand, in an order in which they can be run.
    pub definitions: Vec<(ObjectKind, String)>,
}

/// Runs migrations on one database.
///
/// # Contract
/// - `read_ledger` writes nothing and changes no byte of the database.
/// - `run` carries out the steps in their order, the shared ones in one transaction, each with its own transaction
///   alone. A step that fails, that takes away what it does not declare, or that leaves new rows without a parent,
///   takes its whole transaction with it. Killed anywhere, the database is as before a transaction or after it, and
///   the ledger, which is written in the same transaction, says which.
/// - A run whose `head` is not the database's own any more fails with `Changed` and changes nothing: two processes
///   that migrate at once do it once.
/// - A run that is given a mark of the same database fails with `Changed`, and changes nothing, where anybody committed
///   since the mark was made.
/// - `adopt` changes nothing but the ledger and the header, and tables of other migrators by no means.
/// - A step that fails is a result, not an error, and is not recorded by `run`: `record_failure` does it.
/// - A tracked database stays tracked, by the rules of the order; without any it is not migrated (`Unsupported`), and where they do not
///   fit the schema that the steps make nothing of the last transaction stays. A client that knows nothing of it can write at
///   any time.
/// - A run that was asked for on a file that does not exist makes it.
#[async_trait]
pub trait Migrator: Send + Sync {
    /// Reads what was applied, and the header.
    ///
    /// # Errors
    /// `NotFound`, `NotADatabase`, `Damaged`, `Busy`, `UnknownFormat` for a ledger of another shape, `Io`.
    async fn read_ledger(&self) -> Result<Ledger, PortError>;

    /// Runs steps on the live database.
    ///
    /// # Errors
    /// `Changed`, `Busy`, `NoSpace`, `PermissionDenied`, `Cancelled`, `Damaged`, `Io`: the transaction that was under
    /// way is rolled back; own transactions before it stay.
    async fn run(&self, order: RunOrder, since: Option<Mark>, watch: &Watch) -> Result<Ran, PortError>;

    /// Runs steps on a file of our own: a copy for a dry run, or a database that does not exist yet.
    ///
    /// # Errors
    /// As `run`.
    async fn run_on(&self, file: &Path, order: RunOrder, watch: &Watch) -> Result<Ran, PortError>;

    /// Reads what other migrators wrote down; the number in the header counts as a ledger where there is no other.
    /// Writes nothing.
    ///
    /// # Errors
    /// As `read_ledger`.
    async fn read_foreign(&self) -> Result<Vec<ForeignLedger>, PortError>;

    /// Reads a schema, objects on the tables `without` and our own left out. Writes nothing.
    ///
    /// # Errors
    /// As `read_ledger`.
    async fn read_schema(&self, of: SchemaOf<'_>, without: &[&str]) -> Result<SchemaReading, PortError>;

    /// Writes down that the steps of the order are done already, without running them.
    ///
    /// # Errors
    /// As `run`; nothing was written.
    async fn adopt(&self, order: RunOrder, since: Option<Mark>) -> Result<(), PortError>;

    /// Writes down that a step failed, so that it is not tried again unchanged.
    ///
    /// # Errors
    /// `Busy`, `NoSpace`, `Io`; nothing was written.
    async fn record_failure(
        &self,
        step: &MigrationStep,
        reason: &str,
        record: &RunRecord,
    ) -> Result<(), PortError>;
}
