//! Migrations of one SQLite database: the ledger, the runner, and what a step may use.
//!
//! `runner` is the one place of the workspace that runs a script of several statements.

mod adoption;
mod census;
mod fence;
mod foreign;
mod ledger;
mod orphans;
pub(crate) mod runner;
pub(crate) mod spelling;
mod table;
pub(crate) mod transaction;

pub(crate) use table::strings;

use crate::blocking;
use crate::connection::{at_rest, creating, execute, looking, writing};
use crate::install::Seen;
use crate::look::Pin;
use async_trait::async_trait;
use lifeboat_domain::migration::Ledger;
use lifeboat_domain::migration::foreign::ForeignLedger;
use lifeboat_ports::{
    Mark, MigrationStep, Migrator, PortError, Ran, RunOrder, RunRecord, SchemaOf, SchemaReading, Watch,
};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longest wait for a lock, where the caller does not say.
const WAIT: Duration = Duration::from_secs(5);

/// The `Migrator` of one SQLite database, by its resolved path.
#[derive(Debug, Clone)]
pub struct SqliteMigrator {
    database: PathBuf,
    wait: Duration,
}

impl SqliteMigrator {
    /// Of one database, which need not exist yet.
    #[must_use]
    pub fn new(database: &Path) -> Self {
        Self { database: database.to_path_buf(), wait: WAIT }
    }

    /// The same with another wait for locks of other processes.
    #[must_use]
    pub fn waiting(self, wait: Duration) -> Self {
        Self { wait, ..self }
    }
}

#[async_trait]
impl Migrator for SqliteMigrator {
    async fn read_ledger(&self) -> Result<Ledger, PortError> {
        let wait = self.wait;
        blocking::on_file("read the ledger of", &self.database, move |file| {
            let connection = looking(file, wait)?;
            let _pin = Pin::new(&connection)?;
            ledger::read(&connection)
        })
        .await
    }

    async fn run(&self, order: RunOrder, since: Option<Mark>, watch: &Watch) -> Result<Ran, PortError> {
        let watch = watch.clone();
        let seen = since.map(Seen::of_mark);
        blocking::on_file("migrate", &self.database, move |file| {
            let seen = seen.transpose()?;
            runner::run(writing(file, order.wait)?, &order, seen, &watch)
        })
        .await
    }

    async fn run_on(&self, file: &Path, order: RunOrder, watch: &Watch) -> Result<Ran, PortError> {
        let watch = watch.clone();
        blocking::on_file("migrate", file, move |file| {
            let connection = if file.exists() { writing(file, order.wait)? } else { creating(file)? };
            runner::run(connection, &order, None, &watch)
        })
        .await
    }

    async fn read_foreign(&self) -> Result<Vec<ForeignLedger>, PortError> {
        let wait = self.wait;
        blocking::on_file("read foreign ledgers of", &self.database, move |file| {
            let connection = looking(file, wait)?;
            let _pin = Pin::new(&connection)?;
            foreign::read(&connection)
        })
        .await
    }

    async fn read_schema(&self, of: SchemaOf<'_>, without: &[&str]) -> Result<SchemaReading, PortError> {
        let (wait, without) = (self.wait, without.iter().map(|name| (*name).to_owned()).collect());
        let (file, is_live) = match of {
            SchemaOf::Live => (self.database.as_path(), true),
            SchemaOf::File(file) => (file, false),
        };
        blocking::on_file("read the schema of", file, move |file| {
            let connection = if is_live { looking(file, wait)? } else { at_rest(file)? };
            let _pin = Pin::new(&connection)?;
            adoption::read_schema(&connection, &without)
        })
        .await
    }

    async fn adopt(&self, order: RunOrder, since: Option<Mark>) -> Result<(), PortError> {
        let seen = since.map(Seen::of_mark);
        blocking::on_file("adopt", &self.database, move |file| {
            let seen = seen.transpose()?;
            adoption::adopt(&writing(file, order.wait)?, &order, seen)
        })
        .await
    }

    async fn record_failure(
        &self,
        step: &MigrationStep,
        reason: &str,
        record: &RunRecord,
    ) -> Result<(), PortError> {
        let (step, reason, record, wait) = (step.clone(), reason.to_owned(), record.clone(), self.wait);
        blocking::on_file("record a failed step in", &self.database, move |file| {
            let connection = writing(file, wait)?;
            transaction::within(&connection, |connection| {
                execute(connection, crate::sql::migrate::CREATE_LEDGER)?;
                ledger::write(connection, &step, Duration::ZERO, &record, &ledger::Line::Failed(&reason))
            })
        })
        .await
    }
}
