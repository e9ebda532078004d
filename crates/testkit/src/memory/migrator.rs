//! The reference migrator: scripts of one word each on numbered rows, and a ledger beside every file.

use super::{MemoryDatabase, MemoryDisk};
use crate::broken::MigratorDefect;
use async_trait::async_trait;
use lifeboat_domain::id::{FieldName, TableName};
use lifeboat_domain::merge::{FieldShape, KeyShape, TableDraft, TableShape, resolve};
use lifeboat_domain::migration::foreign::ForeignLedger;
use lifeboat_domain::migration::{Census, Entry, Ledger, Outcome, StepTransaction, changes, judge};
use lifeboat_domain::migration::{ObjectKind, SchemaObject};
use lifeboat_ports::{
    Follow, Mark, MigrationStep, Migrator, PortError, PortErrorKind, Ran, RunOrder, RunRecord, SchemaOf,
    SchemaReading, StepBody, StepReport, Watch,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Migrations of one database in memory. A script is `create`, `insert N`, `delete N` or anything else, which fails.
#[derive(Debug, Clone)]
pub struct MemoryMigrator {
    disk: MemoryDisk,
    database: MemoryDatabase,
    path: PathBuf,
    ledgers: Arc<Mutex<BTreeMap<PathBuf, Ledger>>>,
    tracked: Arc<AtomicBool>,
    defect: Option<MigratorDefect>,
}

impl MemoryMigrator {
    /// Of one database.
    #[must_use]
    pub fn new(disk: &MemoryDisk, database: &MemoryDatabase, path: &Path) -> Self {
        let (disk, database, path) = (disk.clone(), database.clone(), path.to_path_buf());
        let (ledgers, tracked) = (Arc::default(), Arc::default());
        Self { disk, database, path, ledgers, tracked, defect: None }
    }

    /// The live database is tracked from now on; gives the rules that fit.
    pub fn track(&self) -> Vec<TableDraft> {
        self.tracked.store(true, Ordering::Relaxed);
        vec![TableDraft::suggested(&shape())]
    }

    /// For [`crate::broken::BrokenMigrator`].
    pub(crate) fn with(self, defect: MigratorDefect) -> Self {
        Self { defect: Some(defect), ..self }
    }

    fn is(&self, defect: MigratorDefect) -> bool {
        self.defect == Some(defect)
    }

    fn ledgers(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Ledger>> {
        self.ledgers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ledger(&self, file: &Path) -> Ledger {
        let found = self.ledgers().get(file).cloned();
        found.unwrap_or_else(|| Ledger { has_tables: self.disk.read(file).is_some(), ..Ledger::default() })
    }

    fn run_in(&self, file: &Path, order: &RunOrder) -> Result<Ran, PortError> {
        if file == self.path && self.database.is_locked() && !self.is(MigratorDefect::BlindToLocks) {
            return Err(PortError::new(PortErrorKind::Busy, "migrate", "the database"));
        }
        if self.ledger(file).head() != order.head && !self.is(MigratorDefect::BlindToOthers) {
            return Err(PortError::new(PortErrorKind::Changed, "migrate", "the database"));
        }
        let is_tracked = file == self.path && self.tracked.load(Ordering::Relaxed);
        if is_tracked && order.follow == Follow::Nothing && !self.is(MigratorDefect::BlindToTracking) {
            return Err(PortError::new(PortErrorKind::Unsupported, "migrate", "the database"));
        }
        let mut ran = Ran { done: Vec::new(), failed: None, misruled: Vec::new() };
        let shared = |step: &MigrationStep| step.header.transaction == StepTransaction::Shared;
        for batch in order.steps.chunk_by(|a, b| shared(a) && shared(b)) {
            let mut rows = super::snapshotter::read_rows_or_none(&self.disk, file)?;
            let mut ledger = Ledger { exists: true, has_tables: true, ..self.ledger(file) };
            let mut reports = Vec::new();
            for step in batch {
                match self.carry_out(step, &mut rows) {
                    Ok(report) => reports.push(report),
                    Err(reason) => {
                        if self.is(MigratorDefect::KeepsHalf) {
                            super::snapshotter::put_rows(&self.disk, file, &rows);
                        }
                        ran.failed = Some((step.id.clone(), reason));
                        return Ok(ran);
                    }
                }
                ledger.entries.push(entry(step, &order.record, Outcome::Applied));
                ledger.user_version = step.id.number.cast_signed();
            }
            let is_newest = batch.last().map(|step| &step.id) == order.steps.last().map(|step| &step.id);
            if let (true, true, Follow::Rules(drafts)) = (is_tracked, is_newest, &order.follow) {
                ran.misruled = resolve(drafts, &[shape()]).err().unwrap_or_default();
                if !ran.misruled.is_empty() && !self.is(MigratorDefect::KeepsMisruled) {
                    return Ok(ran);
                }
            }
            super::snapshotter::put_rows(&self.disk, file, &rows);
            if !self.is(MigratorDefect::ForgetsTheLedger) {
                self.ledgers().insert(file.to_path_buf(), ledger);
            }
            ran.done.extend(reports);
        }
        Ok(ran)
    }

    fn carry_out(&self, step: &MigrationStep, rows: &mut BTreeSet<u64>) -> Result<StepReport, String> {
        let before = census(rows);
        let StepBody::Script(script) = &step.body else {
            return Err("only scripts run in memory".to_owned());
        };
        let number = |text: &str| text.parse::<u64>().map_err(|error| error.to_string());
        match script.split_once(' ') {
            None if script == "create" => {}
            Some(("insert", row)) => {
                rows.insert(number(row)?);
            }
            Some(("delete", row)) => {
                rows.remove(&number(row)?);
            }
            _ => return Err("no such word".to_owned()),
        }
        let after = census(rows);
        let violations = judge(&before, &after, &step.header.declared);
        match violations.first() {
            Some(violation) if !self.is(MigratorDefect::BlindToLoss) => Err(violation.to_string()),
            _ => Ok(StepReport {
                id: step.id.clone(),
                took: Duration::ZERO,
                changes: changes(&before, &after),
                orphans_moved: Vec::new(),
            }),
        }
    }
}

fn shape() -> TableShape {
    let (name, field) = (TableName::new("row"), FieldName::new("id"));
    TableShape {
        name,
        fields: vec![FieldShape { name: field, declared: "INTEGER".to_owned(), not_null: true }],
        key: KeyShape::Counted(0),
        unique: Vec::new(),
        opaque: Vec::new(),
        references: Vec::new(),
    }
}

fn census(rows: &BTreeSet<u64>) -> Census {
    let count = (TableName::new("row"), Some(rows.len() as u64));
    Census { objects: BTreeMap::new(), rows: BTreeMap::from([count]) }
}

fn entry(step: &MigrationStep, record: &RunRecord, outcome: Outcome) -> Entry {
    Entry {
        id: step.id.clone(),
        digest: step.digest,
        at: record.at,
        app_version: record.app_version.clone(),
        lifeboat_version: record.lifeboat_version.clone(),
        took_ms: 0,
        restore_point: record.restore_point,
        outcome,
    }
}

#[async_trait]
impl Migrator for MemoryMigrator {
    async fn read_ledger(&self) -> Result<Ledger, PortError> {
        self.database.rows()?;
        Ok(self.ledger(&self.path))
    }

    async fn run(&self, order: RunOrder, since: Option<Mark>, _watch: &Watch) -> Result<Ran, PortError> {
        let seen = since.and_then(|mark| mark.0.downcast::<BTreeSet<u64>>().ok());
        let outdated = seen.is_some_and(|seen| self.database.rows().ok() != Some(*seen));
        if outdated && !self.is(MigratorDefect::BlindToMarks) {
            return Err(PortError::new(PortErrorKind::Changed, "migrate", "the database"));
        }
        self.run_in(&self.path, &order)
    }

    async fn run_on(&self, file: &Path, order: RunOrder, _watch: &Watch) -> Result<Ran, PortError> {
        if self.disk.read(file).is_some() && !self.ledgers().contains_key(file) {
            // A copy of the live database: its ledger came along.
            let live = self.ledger(&self.path);
            self.ledgers().insert(file.to_path_buf(), live);
        }
        self.run_in(file, &order)
    }

    async fn read_foreign(&self) -> Result<Vec<ForeignLedger>, PortError> {
        self.database.rows().map(|_| Vec::new())
    }

    async fn read_schema(&self, of: SchemaOf<'_>, _without: &[&str]) -> Result<SchemaReading, PortError> {
        let file = match of {
            SchemaOf::Live => self.path.as_path(),
            SchemaOf::File(file) => file,
        };
        super::snapshotter::read_rows_or_none(&self.disk, file)?;
        let object = SchemaObject { kind: ObjectKind::Table, name: "row".to_owned() };
        let definition = "create".to_owned();
        let spelled = BTreeMap::from([(object, definition.clone())]);
        Ok(SchemaReading { spelled, definitions: vec![(ObjectKind::Table, definition)] })
    }

    async fn adopt(&self, order: RunOrder, _since: Option<Mark>) -> Result<(), PortError> {
        if self.database.is_locked() && !self.is(MigratorDefect::BlindToLocks) {
            return Err(PortError::new(PortErrorKind::Busy, "adopt", "the database"));
        }
        let mut ledger = Ledger { exists: true, has_tables: true, ..self.ledger(&self.path) };
        if ledger.head() != order.head && !self.is(MigratorDefect::BlindToOthers) {
            return Err(PortError::new(PortErrorKind::Changed, "adopt", "the database"));
        }
        for step in &order.steps {
            if self.is(MigratorDefect::RunsWhatIsAdopted) {
                self.run_in(&self.path, &RunOrder { steps: vec![step.clone()], ..order.clone() })?;
            }
            ledger.entries.push(entry(step, &order.record, Outcome::Adopted));
            ledger.user_version = step.id.number.cast_signed();
        }
        self.ledgers().insert(self.path.clone(), ledger);
        Ok(())
    }

    async fn record_failure(
        &self,
        step: &MigrationStep,
        reason: &str,
        record: &RunRecord,
    ) -> Result<(), PortError> {
        let mut ledger = Ledger { exists: true, ..self.ledger(&self.path) };
        if !self.is(MigratorDefect::DropsFailures) {
            ledger.entries.push(entry(step, record, Outcome::Failed { reason: reason.to_owned() }));
        }
        self.ledgers().insert(self.path.clone(), ledger);
        Ok(())
    }
}
