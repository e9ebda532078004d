//! A migrator with one defect.

use crate::memory::MemoryMigrator;
use async_trait::async_trait;
use lifeboat_domain::merge::TableDraft;
use lifeboat_domain::migration::Ledger;
use lifeboat_domain::migration::foreign::ForeignLedger;
use lifeboat_ports::{
    Mark, MigrationStep, Migrator, PortError, Ran, RunOrder, RunRecord, SchemaOf, SchemaReading, Watch,
};
use std::path::Path;

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigratorDefect {
    /// What ran is not in the ledger.
    ForgetsTheLedger,
    /// Steps before a failed one stay.
    KeepsHalf,
    /// Another process's migration is not noticed.
    BlindToOthers,
    /// Rows may go undeclared.
    BlindToLoss,
    /// What was committed since a mark is not noticed.
    BlindToMarks,
    /// Another process's lock is not noticed.
    BlindToLocks,
    /// Failures are not written down.
    DropsFailures,
    /// What is only to be written down is run as well.
    RunsWhatIsAdopted,
    /// A tracked database is migrated though nobody says how it is to be tracked afterwards.
    BlindToTracking,
    /// Steps stay though the rules do not fit what they make.
    KeepsMisruled,
}

/// The reference with a defect.
#[derive(Debug, Clone)]
pub struct BrokenMigrator(MemoryMigrator);

impl BrokenMigrator {
    /// Breaks a reference.
    #[must_use]
    pub fn new(inner: MemoryMigrator, defect: MigratorDefect) -> Self {
        Self(inner.with(defect))
    }

    /// As [`MemoryMigrator::track`].
    pub fn track(&self) -> Vec<TableDraft> {
        self.0.track()
    }
}

#[async_trait]
impl Migrator for BrokenMigrator {
    async fn read_ledger(&self) -> Result<Ledger, PortError> {
        self.0.read_ledger().await
    }

    async fn run(&self, order: RunOrder, since: Option<Mark>, watch: &Watch) -> Result<Ran, PortError> {
        self.0.run(order, since, watch).await
    }

    async fn run_on(&self, file: &Path, order: RunOrder, watch: &Watch) -> Result<Ran, PortError> {
        self.0.run_on(file, order, watch).await
    }

    async fn read_foreign(&self) -> Result<Vec<ForeignLedger>, PortError> {
        self.0.read_foreign().await
    }

    async fn read_schema(&self, of: SchemaOf<'_>, without: &[&str]) -> Result<SchemaReading, PortError> {
        self.0.read_schema(of, without).await
    }

    async fn adopt(&self, order: RunOrder, since: Option<Mark>) -> Result<(), PortError> {
        self.0.adopt(order, since).await
    }

    async fn record_failure(
        &self,
        step: &MigrationStep,
        reason: &str,
        record: &RunRecord,
    ) -> Result<(), PortError> {
        self.0.record_failure(step, reason, record).await
    }
}
