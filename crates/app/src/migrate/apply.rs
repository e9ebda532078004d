//! Brings a database to the newest step: a verified restore point first, proof afterwards, one way back.

use super::Migrations;
use crate::Lifeboat;
use crate::backup::{BackupOrder, Limits};
use crate::error::{About, Error};
use crate::handle::Explain;
use crate::recover::Recovery;
use crate::restore::RestoreOrder;
use lifeboat_domain::act::{Act, Verb, Way};
use lifeboat_domain::code::Code;
use lifeboat_domain::event::Event;
use lifeboat_domain::kind::PointKind;
use lifeboat_domain::manifest::Manifest;
use lifeboat_domain::merge::TableDraft;
use lifeboat_domain::migration::{Ledger, Retry, StepId};
use lifeboat_domain::restore::InPlaceOutcome;
use lifeboat_ports::{
    Counting, Mark, PortError, PortErrorKind, Quiesced, Ran, RunOrder, StepReport, Writers,
};
use std::time::Duration;

/// How often another process may come first before we give up.
const TRIES: usize = 6;
/// From this try on, writers have to wait while the restore point is taken.
const POLITE_TRIES: usize = 3;

/// One migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrateOrder {
    /// Version of the application, for the ledger; with another one a failed step is tried again.
    pub app_version: Option<String>,
    /// What about a step that failed before.
    pub retry: Retry,
    /// The rules of merging, as they are for the newest schema: a database that is tracked stays so.
    pub rules: Option<Vec<TableDraft>>,
    /// Longest wait for a lock of another process.
    pub wait: Duration,
}

impl Default for MigrateOrder {
    /// No version, no retry of what has not changed, no rules, 5 seconds.
    fn default() -> Self {
        let (retry, wait) = (Retry::WhenSomethingChanged, Duration::from_secs(5));
        Self { app_version: None, retry, rules: None, wait }
    }
}

/// What a migration did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrateReport {
    /// Steps that ran; empty where nothing was pending.
    pub done: Vec<StepReport>,
    /// The state before; `None` where nothing was pending or there was no database.
    pub restore_point: Option<Manifest>,
    /// There was no database before.
    pub created: bool,
    /// An interrupted act that was finished or taken back first.
    pub recovered: Option<Recovery>,
    /// How long it took.
    pub took: Duration,
}

impl Lifeboat {
    /// Brings the database to the newest step. Where steps are pending, a verified restore point is taken first:
    /// without one there is no migration. [`Self::undo`] goes back to it. A database that does not exist is made.
    ///
    /// Killed anywhere, the database is as before a transaction of steps or after it, and its ledger says which.
    ///
    /// # Errors
    /// `LB0903` to `LB0908`, `LB0910` to `LB0912` before anything is written, and `LB1001` where the database is tracked and the
    /// rules are not given or do not fit what the steps make; as [`Self::backup`] with the database as
    /// it was; `LB0909` where a step failed: nothing of its transaction stayed, and the failure is in the ledger;
    /// `LB0913` where the proof failed and the state before is back; `LB0506` where it could not be put back.
    pub async fn migrate(
        &self,
        migrations: &Migrations,
        order: &MigrateOrder,
    ) -> Result<MigrateReport, Error> {
        let begun = self.ports.clock.monotonic();
        let _guard = self.lock_new(order.wait).await?;
        let recovered = self.recover_locked().await?;
        let tried = again_when_overtaken(async |writers| self.try_migrate(migrations, order, writers).await);
        let (done, restore_point, created) =
            tried.await.map_err(|error| error.after(recovered.as_ref().map(Recovery::words)))?;
        let took = self.ports.clock.monotonic().saturating_sub(begun);
        Ok(MigrateReport { done, restore_point, created, recovered, took })
    }

    async fn try_migrate(
        &self,
        migrations: &Migrations,
        order: &MigrateOrder,
        writers: Writers,
    ) -> Result<(Vec<StepReport>, Option<Manifest>, bool), Stopped> {
        let Some(ledger) = self.ledger().await? else {
            let pending = self.pending_steps(&Ledger::default(), migrations, order)?;
            return Ok((self.create(migrations, &pending, order).await?, None, true));
        };
        let pending = self.pending_steps(&ledger, migrations, order)?;
        let Some(first) = pending.first() else { return Ok((Vec::new(), None, false)) };
        self.refuse_network().await?;
        self.refuse_without_rules(order).await?;
        self.make_room().await?;
        let quiet = self.ports.snapshotter.quiesce(order.wait).await.about(About::Database)?;
        let mark = self.on_database(self.ports.snapshotter.mark(writers).await).await?;
        let point = self.point_before(first, order).await?;
        let run = self.run_order(migrations, &pending, ledger.head(), (order, Some(point.id)));
        let ran = self.run_recorded(run, (&point, mark), ledger.head(), quiet).await?;
        Ok((ran, Some(point), false))
    }

    /// A rebuilt table lies beside the old one until the end, and the log or journal beside both.
    async fn make_room(&self) -> Result<(), Error> {
        let facts = self.on_database(self.ports.snapshotter.inspect(Counting::HeaderOnly).await).await?;
        let bytes = facts.size_bytes();
        self.preflight(&[
            self.need("restore point", &self.places.vault, bytes).await?,
            self.need("migration", &self.places.database, bytes.saturating_mul(2)).await?,
        ])
    }

    pub(super) async fn point_before(&self, first: &StepId, order: &MigrateOrder) -> Result<Manifest, Error> {
        let backup = BackupOrder {
            note: Some(format!("before {first}")),
            app_version: order.app_version.clone(),
            limits: Limits { wait: order.wait, ..Limits::default() },
            ..BackupOrder::of_kind(PointKind::PreMigration)
        };
        let taken = self.take_point(&backup).await;
        let (point, _) = taken.map_err(|error| error.leaving("the database is as it was; no step ran"))?;
        if point.suspect {
            let cause = "the database is damaged, and a damaged database is not migrated";
            return Err(Error::new(
                Code::DatabaseDamaged,
                cause,
                "go back to a sound state: `lifeboat restore latest`",
            )
            .state(format!(
                "the database is as it was; restore point {} holds it, marked suspect",
                point.id.short()
            )));
        }
        Ok(point)
    }

    async fn run_recorded(
        &self,
        run: RunOrder,
        (point, mark): (&Manifest, Mark),
        head_before: u32,
        quiet: Box<dyn Quiesced>,
    ) -> Result<Vec<StepReport>, Stopped> {
        let begun = self.ports.clock.utc_now();
        let act = Act {
            id: self.draw_id(begun)?,
            verb: Verb::Migrate,
            begun,
            point: None,
            safety: Some(point.id),
            way: Way::Steps { head_before },
        };
        self.ports.workshop.begin(&act).await.about(About::ActRecord)?;
        let ran = match self.ports.migrator.run(run.clone(), Some(mark), &self.watch).await {
            Ok(ran) => ran,
            Err(error) => {
                let overtaken = error.kind() == PortErrorKind::Changed;
                let error = self.explain_database(error).await;
                let Ok(recovered) = self.recover_locked().await else {
                    return Err(Stopped::For(error.unsettled()));
                };
                let stayed = recovered.is_some_and(|recovery| recovery.outcome != InPlaceOutcome::Old);
                if stayed {
                    let state = format!(
                        "steps with a transaction of their own stayed (`lifeboat migrate status`); the state before is {}",
                        point.id.short()
                    );
                    return Err(Stopped::For(error.state(state)));
                }
                self.withdraw(point).await;
                let error = error.state("the database is as it was; no step stayed");
                return Err(if overtaken { Stopped::Overtaken(error) } else { Stopped::For(error) });
            }
        };
        // After a failure too: a rollback is only as good as the journal it came from.
        match self.look_after(point).await {
            After::Sound => {}
            After::Damaged => {
                drop(quiet);
                return Err(Stopped::For(self.take_back_damage(&act, point, &run, &ran).await));
            }
            // Nothing stayed that would have to be proven, and what failed is to be told.
            After::Unseen(_) if ran.done.is_empty() => {}
            After::Unseen(error) => {
                let error = self.explain_database(error).await;
                self.close(&act, InPlaceOutcome::New).await?;
                return Err(Stopped::For(error.state(format!(
                    "the steps stayed and could not be proven; the state before is restore point {}",
                    point.id.short()
                ))));
            }
        }
        let outcome = if ran.done.is_empty() { InPlaceOutcome::Old } else { InPlaceOutcome::New };
        self.close(&act, outcome).await?;
        if !ran.misruled.is_empty() {
            let error = misfitting(&ran).state(what_stayed(&ran, point));
            return Err(Stopped::For(error));
        }
        match ran.failed.clone() {
            None => Ok(ran.done),
            Some(failed) => Err(Stopped::For(self.failed(run, &ran, failed, point).await)),
        }
    }

    /// What clients write has to be written down afterwards too, and only the rules say how.
    pub(super) async fn refuse_without_rules(&self, order: &MigrateOrder) -> Result<(), Error> {
        if order.rules.is_some() || self.tracking().await?.is_none() {
            return Ok(());
        }
        let cause = format!("{} is tracked, and the migration was given no rules of merging", self.name());
        let next = "give the rules along (`[merge]` in lifeboat.toml, or `MigrateOrder::rules`), or `lifeboat untrack` first";
        Err(Error::new(Code::RulesInvalid, cause, next).state("the database is as it was; no step ran"))
    }

    /// Writes the failure down and says it.
    async fn failed(
        &self,
        run: RunOrder,
        ran: &Ran,
        (id, reason): (StepId, String),
        point: &Manifest,
    ) -> Error {
        self.record_failure(&run, Some(&id), &reason).await;
        let state = what_stayed(ran, point);
        let next = "mend the step; it is not tried again unchanged. Look first: `lifeboat migrate plan`";
        Error::new(Code::MigrationFailed, format!("step {id} failed: {reason}"), next).state(state)
    }

    /// So that the same binary does not try it again.
    async fn record_failure(&self, run: &RunOrder, id: Option<&StepId>, reason: &str) {
        let step = run.steps.iter().find(|step| Some(&step.id) == id);
        if let Some(step) = step
            && let Err(error) = self.ports.migrator.record_failure(step, reason, &run.record).await
        {
            tracing::warn!(%error, "a failed step is not in the ledger: the next start tries it again");
        }
    }

    async fn look_after(&self, point: &Manifest) -> After {
        match self.ports.snapshotter.examine_live(&self.watch.uncancellable()).await {
            Ok(examined) if examined.findings.structure <= point.findings.structure => After::Sound,
            Ok(_) => After::Damaged,
            Err(error) if matches!(error.kind(), PortErrorKind::Damaged | PortErrorKind::NotADatabase) => {
                After::Damaged
            }
            Err(error) => After::Unseen(error),
        }
    }

    /// The state before goes back by itself; what the steps left is kept, with all that others committed since.
    async fn take_back_damage(&self, act: &Act, point: &Manifest, run: &RunOrder, ran: &Ran) -> Error {
        if let Err(error) = self.close(act, InPlaceOutcome::New).await {
            return error;
        }
        let cause = "the database is damaged after the migration";
        match self.put_back(point, RestoreOrder { wait: run.wait }).await {
            Ok(()) => {
                self.watch.events.emit(&Event::PutBack { point: point.id });
                let guilty = ran.failed.as_ref().map(|(id, _)| id).or(ran.done.last().map(|step| &step.id));
                self.record_failure(run, guilty, cause).await;
                Error::new(Code::MigrationPutBack, cause, "look at the disk: `lifeboat doctor`").state(
                    "the state before the migration is back; what the steps left is kept: `lifeboat list`, \
                     or in quarantine where it did not read",
                )
            }
            Err(error) => {
                let next = format!("put it back by hand: `lifeboat restore {}`", point.id.short());
                Error::new(Code::PutBackFailed, cause, next)
                    .state(format!("the state before is restore point {}", point.id.short()))
                    .because(error)
            }
        }
    }
}

fn what_stayed(ran: &Ran, point: &Manifest) -> String {
    match ran.done.as_slice() {
        [] => format!("no step stayed; the state before is also restore point {}", point.id.short()),
        done => format!(
            "{} steps stayed, {} the last of them; the state before is restore point {}",
            done.len(),
            done[done.len() - 1].id,
            point.id.short()
        ),
    }
}

/// Rules belong to the newest schema: they change with the steps.
pub(super) fn misfitting(ran: &Ran) -> Error {
    let words: Vec<String> = ran.misruled.iter().map(ToString::to_string).collect();
    let cause = format!("the rules do not fit the schema that the steps make: {}", words.join("; "));
    let next = "bring the rules in line with the newest schema; look first: `lifeboat migrate plan`";
    Error::new(Code::RulesInvalid, cause, next)
}

/// What a look after the steps found.
enum After {
    /// The structure is as sound as before.
    Sound,
    Damaged,
    Unseen(PortError),
}

/// Why one try ended.
pub(crate) enum Stopped {
    /// Another process migrated since the plan.
    Overtaken(Error),
    For(Error),
}

/// Tries again where another process came first, and in the end makes it wait.
pub(crate) async fn again_when_overtaken<T>(
    mut one: impl AsyncFnMut(Writers) -> Result<T, Stopped>,
) -> Result<T, Error> {
    let mut tries = 0;
    loop {
        tries += 1;
        let writers = if tries < POLITE_TRIES { Writers::MayCommit } else { Writers::Wait };
        match one(writers).await {
            Err(Stopped::Overtaken(_)) if tries < TRIES => {}
            Err(Stopped::Overtaken(error) | Stopped::For(error)) => return Err(error),
            Ok(done) => return Ok(done),
        }
    }
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::For(error)
    }
}
