//! A database that another migrator made comes under Lifeboat's ledger. Nothing is run on it: the steps are run on a
//! database of our own, and the schemas are compared.

use super::Migrations;
use super::apply::{MigrateOrder, Stopped, again_when_overtaken};
use super::refusal::{misfit, unsound};
use crate::Lifeboat;
use crate::error::{About, Error};
use crate::handle::Explain;
use crate::recover::Recovery;
use lifeboat_domain::act::{Act, Verb, Way};
use lifeboat_domain::code::Code;
use lifeboat_domain::manifest::Manifest;
use lifeboat_domain::migration::StepId;
use lifeboat_domain::migration::adoption::{Hints, Spelled, fit};
use lifeboat_domain::migration::foreign::{self, ForeignFile, ForeignLedger, Tool, Unsound, file_of};
use lifeboat_domain::restore::InPlaceOutcome;
use lifeboat_ports::{Mark, PortErrorKind, SchemaOf, SchemaReading, Writers};
use std::path::{Path, PathBuf};

/// Drizzle's own list of its steps, in its folder.
const DRIZZLE_JOURNAL: &str = "meta/_journal.json";

/// One adoption.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AdoptOrder {
    /// As for a migration: version of the application, wait.
    pub migrate: MigrateOrder,
    /// The folder of the other migrator: its files are compared with its ledger.
    pub from: Option<PathBuf>,
    /// The step at which the database stands, where several have its schema.
    pub at: Option<u32>,
}

/// What an adoption would do, or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adoption {
    /// Whose ledger was found; `None` where there is none.
    pub tool: Option<Tool>,
    /// Lines of that ledger.
    pub foreign_steps: usize,
    /// Steps that the database already has.
    pub steps: Vec<StepId>,
    /// `user_version` of the header before; an adoption raises it to the number of the last step.
    pub header: u32,
    /// The state before; `None` in a plan, and where there was nothing to adopt.
    pub restore_point: Option<Manifest>,
    /// An interrupted act that was finished or taken back first.
    pub recovered: Option<Recovery>,
}

impl Lifeboat {
    /// At which step a database stands that another migrator made. Writes nothing to it.
    ///
    /// # Errors
    /// `LB0915` where the other ledger is dirty, has a gap or was edited, `LB0916` where the schema is of no step,
    /// `LB0917` where it is of several, `LB0918` where the header counts further; as [`Self::plan_migration`].
    pub async fn plan_adoption(
        &self,
        migrations: &Migrations,
        order: &AdoptOrder,
    ) -> Result<Adoption, Error> {
        let _guard = self.lock(order.migrate.wait).await?;
        self.judge_adoption(migrations, order).await
    }

    /// Writes down which steps a database already has that another migrator made: told by its schema, a verified restore
    /// point first, in one transaction. The other migrator's tables stay as they are. Does nothing where there is a
    /// ledger of Lifeboat's.
    ///
    /// # Errors
    /// As [`Self::plan_adoption`] and [`Self::migrate`]; the database is as it was.
    pub async fn adopt(&self, migrations: &Migrations, order: &AdoptOrder) -> Result<Adoption, Error> {
        let wait = order.migrate.wait;
        let _guard = self.lock(wait).await?;
        let recovered = self.recover_locked().await?;
        let tried = again_when_overtaken(async |writers| self.try_adopt(migrations, order, writers).await);
        let adopted = tried.await.map_err(|error| error.after(recovered.as_ref().map(Recovery::words)))?;
        Ok(Adoption { recovered, ..adopted })
    }

    async fn try_adopt(
        &self,
        migrations: &Migrations,
        order: &AdoptOrder,
        writers: Writers,
    ) -> Result<Adoption, Stopped> {
        let plan = self.judge_adoption(migrations, order).await?;
        let Some(last) = plan.steps.last().cloned() else { return Ok(plan) };
        self.refuse_network().await?;
        let quiet = self.ports.snapshotter.quiesce(order.migrate.wait).await.about(About::Database)?;
        let mark = self.on_database(self.ports.snapshotter.mark(writers).await).await?;
        let point = self.point_before(&last, &order.migrate).await?;
        self.record_adoption(migrations, (&plan, order), &point, mark).await?;
        drop(quiet);
        Ok(Adoption { restore_point: Some(point), ..plan })
    }

    async fn record_adoption(
        &self,
        migrations: &Migrations,
        (plan, order): (&Adoption, &AdoptOrder),
        point: &Manifest,
        mark: Mark,
    ) -> Result<(), Stopped> {
        let begun = self.ports.clock.utc_now();
        let act = Act {
            id: self.draw_id(begun)?,
            verb: Verb::Migrate,
            begun,
            point: None,
            safety: Some(point.id),
            way: Way::Steps { head_before: 0 },
        };
        self.ports.workshop.begin(&act).await.about(About::ActRecord)?;
        let run = self.run_order(migrations, &plan.steps, 0, (&order.migrate, Some(point.id)));
        match self.ports.migrator.adopt(run, Some(mark)).await {
            Ok(()) => Ok(self.close(&act, InPlaceOutcome::New).await.map(drop)?),
            Err(error) => {
                let overtaken = error.kind() == PortErrorKind::Changed;
                let error = self.explain_database(error).await;
                let Ok(recovered) = self.recover_locked().await else {
                    return Err(Stopped::For(error.unsettled()));
                };
                if recovered.is_some_and(|recovery| recovery.outcome == InPlaceOutcome::New) {
                    return Ok(());
                }
                self.withdraw(point).await;
                let error = error.state("the database is as it was; nothing was adopted");
                Err(if overtaken { Stopped::Overtaken(error) } else { Stopped::For(error) })
            }
        }
    }

    /// Under the workshop's lock.
    async fn judge_adoption(&self, migrations: &Migrations, order: &AdoptOrder) -> Result<Adoption, Error> {
        let nothing = Adoption {
            tool: None,
            foreign_steps: 0,
            steps: Vec::new(),
            header: 0,
            restore_point: None,
            recovered: None,
        };
        migrations.checked()?;
        let ledger = self.on_database(self.ports.migrator.read_ledger().await).await?;
        if ledger.exists {
            return Ok(nothing);
        }
        let foreign = self.foreign_ledger(order.from.as_deref()).await?;
        let reading = self.live_schema(foreign.as_ref()).await?;
        let built = self.built_schemas(migrations, &order.migrate).await?;
        let names: Vec<String> =
            foreign.iter().flat_map(|ledger| &ledger.entries).map(|entry| entry.name.clone()).collect();
        let header = u32::try_from(ledger.user_version).unwrap_or(0);
        let hints = Hints { at: order.at, names: &names, header };
        let last = fit(&reading.spelled, &built, hints).map_err(|error| misfit(&error))?;
        let steps = migrations.ids().into_iter().filter(|id| id.number <= last.number).collect();
        let tool = foreign.as_ref().map(|ledger| ledger.tool);
        Ok(Adoption { tool, foreign_steps: names.len(), steps, header, ..nothing })
    }

    /// The one foreign ledger, judged.
    async fn foreign_ledger(&self, from: Option<&Path>) -> Result<Option<ForeignLedger>, Error> {
        let mut found = self.on_database(self.ports.migrator.read_foreign().await).await?;
        if let [first, second, ..] = found.as_slice() {
            return Err(unsound(&Unsound::Several(first.tool, second.tool)));
        }
        let Some(ledger) = found.pop() else {
            return if from.is_some() { Err(unsound(&Unsound::None)) } else { Ok(None) };
        };
        let files = from.map(|folder| foreign_files(ledger.tool, folder)).transpose()?;
        foreign::judge(&ledger, files.as_deref()).map_err(|error| unsound(&error))?;
        Ok(Some(ledger))
    }

    async fn live_schema(&self, foreign: Option<&ForeignLedger>) -> Result<SchemaReading, Error> {
        let without = foreign.map_or(&[][..], |ledger| ledger.tool.tables());
        self.on_database(self.ports.migrator.read_schema(SchemaOf::Live, without).await).await
    }

    /// The schema of a new database after each step.
    async fn built_schemas(
        &self,
        migrations: &Migrations,
        order: &MigrateOrder,
    ) -> Result<Vec<(StepId, Spelled)>, Error> {
        let workshop = &self.ports.workshop;
        let name = format!("adopt-{}.db", self.draw_id(self.ports.clock.utc_now())?);
        let scratch = workshop.scratch(&name).await.about(About::Target)?;
        let built = self.build_at(&scratch, migrations, order).await;
        workshop.clear_scratch(&scratch).await.about(About::Target)?;
        built
    }

    async fn build_at(
        &self,
        scratch: &Path,
        migrations: &Migrations,
        order: &MigrateOrder,
    ) -> Result<Vec<(StepId, Spelled)>, Error> {
        let mut built = Vec::new();
        let mut head = 0;
        for id in migrations.ids() {
            let run = self.run_order(migrations, std::slice::from_ref(&id), head, (order, None));
            let ran = self.ports.migrator.run_on(scratch, run, &self.watch).await.about(About::Target)?;
            if let Some((id, reason)) = ran.failed {
                let cause = format!("step {id} fails on a new database: {reason}");
                let next = "mend the steps: a new database must come to the newest one too";
                return Err(Error::new(Code::MigrationFailed, cause, next));
            }
            let read = self.ports.migrator.read_schema(SchemaOf::File(scratch), &[]).await;
            built.push((id.clone(), read.about(About::Target)?.spelled));
            head = id.number;
        }
        Ok(built)
    }

    /// Writes the schema of a database that another migrator made as one step, which stands for all that came before.
    /// Its number is the one in the header, where that counts.
    ///
    /// # Errors
    /// `LB0902`, `LB0504`, `LB0903` where the folder has steps already, `LB0915`, `LB0105`, `LB0203`.
    pub async fn write_baseline(
        &self,
        folder: &Path,
        name: &str,
        from: Option<&Path>,
    ) -> Result<PathBuf, Error> {
        let there = match Migrations::from_dir(folder) {
            Ok(set) => set.ids(),
            Err(error) if error.code() == Code::MigrationsAbsent => Vec::new(),
            Err(error) => return Err(error),
        };
        if let Some(first) = there.first() {
            let cause = format!("the folder begins with {first} already");
            return Err(Error::new(Code::MigrationDuplicate, cause, "adopt with the steps that are there"));
        }
        let ledger = self.on_database(self.ports.migrator.read_ledger().await).await?;
        let foreign = self.foreign_ledger(from).await?;
        let reading = self.live_schema(foreign.as_ref()).await?;
        let number = u32::try_from(ledger.user_version).unwrap_or(0).max(1);
        Migrations::write_baseline(folder, (number, name), &reading.definitions)
    }
}

fn foreign_files(tool: Tool, folder: &Path) -> Result<Vec<ForeignFile>, Error> {
    let files = crate::wiring::read_tree(folder).map_err(|error| match error.kind() {
        PortErrorKind::NotFound => {
            let cause = format!("there is no folder {}", folder.display());
            Error::new(Code::MigrationsAbsent, cause, "name the other migrator's folder: `--from FOLDER`")
        }
        _ => crate::error::explain(About::Target, error),
    })?;
    let journal = files.iter().find(|(path, _)| path == DRIZZLE_JOURNAL);
    let journal = journal.and_then(|(_, bytes)| std::str::from_utf8(bytes).ok());
    Ok(files.iter().filter_map(|(path, bytes)| file_of(tool, path, bytes, journal)).collect())
}
