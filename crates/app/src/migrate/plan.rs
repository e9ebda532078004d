//! Where a database stands, and a dry run of what is pending on a pinned copy. Neither changes the database.

use super::apply::misfitting;
use super::refusal::refused;
use super::{MigrateOrder, Migrations};
use crate::Lifeboat;
use crate::error::{About, Error};
use crate::handle::Explain;
use lifeboat_domain::migration::{self, Ledger, Runner, StepId};
use lifeboat_ports::{
    CaptureLimits, CaptureOrder, Follow, PortErrorKind, Ran, RunOrder, RunRecord, SourceChecks,
};
use std::path::Path;
use std::time::Duration;

/// Where a database stands.
#[derive(Debug)]
pub struct MigrationStatus {
    /// What was applied; `None` where there is no database yet.
    pub ledger: Option<Ledger>,
    /// What is pending, or why nothing may run.
    pub pending: Result<Vec<StepId>, Error>,
}

/// What a migration would do.
#[derive(Debug)]
pub struct MigrationPlan {
    /// What is pending.
    pub pending: Vec<StepId>,
    /// How the dry run went; `done` holds time and differences per step.
    pub ran: Ran,
    /// Size of the database now, in bytes; 0 where there is none.
    pub size_before: u64,
    /// Size of the copy afterwards, in bytes.
    pub size_after: u64,
    /// How long the dry run took, without the copy.
    pub took: Duration,
}

impl Lifeboat {
    /// Compares the database with the steps. Writes nothing.
    ///
    /// # Errors
    /// `LB0903`, `LB0904` for the set itself; as [`Self::status`] for the database.
    pub async fn migration_status(
        &self,
        migrations: &Migrations,
        order: &MigrateOrder,
    ) -> Result<MigrationStatus, Error> {
        let ledger = self.ledger().await?;
        let known = ledger.clone().unwrap_or_default();
        migrations.checked_beside(&known)?;
        Ok(MigrationStatus { pending: self.pending_steps(&known, migrations, order), ledger })
    }

    /// Runs what is pending on a pinned copy and tells time, size and differences. The database is only read.
    ///
    /// # Errors
    /// As [`Self::migration_status`]; `LB0905` to `LB0912` where nothing may run; `LB0109`, `LB0203`.
    pub async fn plan_migration(
        &self,
        migrations: &Migrations,
        order: &MigrateOrder,
    ) -> Result<MigrationPlan, Error> {
        let ledger = self.ledger().await?;
        let known = ledger.clone().unwrap_or_default();
        let pending = self.pending_steps(&known, migrations, order)?;
        if ledger.is_some() && !pending.is_empty() {
            self.refuse_without_rules(order).await?;
        }
        let workshop = &self.ports.workshop;
        // What lies on the stage under the lock is not swept.
        let _guard = self.lock_new(order.wait).await?;
        let name = format!("plan-{}.db", self.draw_id(self.ports.clock.utc_now())?);
        let copy = workshop.scratch(&name).await.about(About::Target)?;
        let size_before = match ledger {
            Some(_) => self.copy_for_plan(&copy, order).await,
            None => Ok(0),
        };
        let planned = match size_before {
            Ok(size_before) => {
                self.rehearse(&copy, migrations, (pending, known.head()), (size_before, order)).await
            }
            Err(error) => Err(error),
        };
        workshop.clear_scratch(&copy).await.about(About::Target)?;
        planned
    }

    /// What was applied to the database; `None` where there is no database. Writes nothing.
    ///
    /// # Errors
    /// As [`Self::status`]; `LB0305` for a ledger of another shape.
    pub async fn migration_ledger(&self) -> Result<Option<Ledger>, Error> {
        self.ledger().await
    }

    /// The ledger of the database; `None` where there is no database.
    pub(crate) async fn ledger(&self) -> Result<Option<Ledger>, Error> {
        match self.ports.migrator.read_ledger().await {
            Ok(ledger) => Ok(Some(ledger)),
            Err(error) if error.kind() == PortErrorKind::NotFound => Ok(None),
            // A program that was killed before its first write leaves such a file; nothing is in it.
            Err(error) if error.kind() == PortErrorKind::NotADatabase && self.is_empty_file() => Ok(None),
            Err(error) => Err(self.explain_database(error).await),
        }
    }

    fn is_empty_file(&self) -> bool {
        let meta = self.places.database.metadata();
        meta.is_ok_and(|meta| meta.is_file() && meta.len() == 0)
            && crate::wiring::wal_bytes(&self.places.database) == 0
    }

    pub(crate) fn pending_steps(
        &self,
        ledger: &Ledger,
        migrations: &Migrations,
        order: &MigrateOrder,
    ) -> Result<Vec<StepId>, Error> {
        let runner = Runner {
            app_version: order.app_version.as_deref(),
            lifeboat_version: env!("CARGO_PKG_VERSION"),
            application_id: migrations.application_id,
        };
        let steps = migrations.checked_beside(ledger)?;
        migration::plan(ledger, &steps, runner, order.retry).map_err(|refusal| refused(&refusal))
    }

    async fn copy_for_plan(&self, copy: &Path, order: &MigrateOrder) -> Result<u64, Error> {
        let facts = self.ports.snapshotter.inspect(lifeboat_ports::Counting::HeaderOnly).await;
        let bytes = self.on_database(facts).await?.size_bytes();
        // The copy, and room for a table that is rebuilt in it.
        let need = self.need("dry run", &self.places.database, bytes.saturating_mul(2)).await?;
        self.preflight(&[need])?;
        crate::wiring::make_private(copy).about(About::Target)?;
        let limits = crate::Limits { wait: order.wait, ..crate::Limits::default() };
        let limits = CaptureLimits {
            pin_max: limits.pin_max,
            wal_growth_bytes_max: limits.wal_growth_bytes_max,
            wait: limits.wait,
        };
        let capture = CaptureOrder { source: SourceChecks::FactsOnly, limits };
        let captured = self.ports.snapshotter.capture(copy, capture, &self.watch).await;
        Ok(self.on_database(captured).await?.facts.size_bytes())
    }

    async fn rehearse(
        &self,
        copy: &Path,
        migrations: &Migrations,
        (pending, head): (Vec<StepId>, u32),
        (size_before, order): (u64, &MigrateOrder),
    ) -> Result<MigrationPlan, Error> {
        let begun = self.ports.clock.monotonic();
        let run = self.run_order(migrations, &pending, head, (order, None));
        let ran = self.ports.migrator.run_on(copy, run, &self.watch).await.about(About::Target)?;
        if !ran.misruled.is_empty() {
            return Err(misfitting(&ran).state("the database is only read in a dry run"));
        }
        let took = self.ports.clock.monotonic().saturating_sub(begun);
        let size_after = crate::wiring::file_bytes(copy);
        Ok(MigrationPlan { pending, ran, size_before, size_after, took })
    }

    pub(crate) fn run_order(
        &self,
        migrations: &Migrations,
        pending: &[StepId],
        head: u32,
        (order, restore_point): (&MigrateOrder, Option<lifeboat_domain::id::SnapshotId>),
    ) -> RunOrder {
        let record = RunRecord {
            at: self.ports.clock.utc_now(),
            app_version: order.app_version.clone(),
            lifeboat_version: env!("CARGO_PKG_VERSION").to_owned(),
            restore_point,
        };
        RunOrder {
            steps: migrations.pick(pending),
            head,
            application_id: migrations.application_id,
            record,
            follow: order.rules.clone().map_or(Follow::Nothing, Follow::Rules),
            wait: order.wait,
        }
    }
}
