//! Restore and undo: plan, make the state before safe, put the point in place, prove it, or put back.

mod in_place;
mod swapped;
mod undo;

use crate::Lifeboat;
use crate::backup::{BackupOrder, Limits};
use crate::error::{About, Error, explain};
use crate::handle::Explain;
use crate::points::find_in;
use crate::recover::Recovery;
use lifeboat_domain::act::{Act, Verb, Way};
use lifeboat_domain::code::Code;
use lifeboat_domain::event::Event;
use lifeboat_domain::kind::PointKind;
use lifeboat_domain::manifest::Manifest;
use lifeboat_domain::restore::{Company, LiveCondition, RestoreMode, SwapReason, choose_mode};
use lifeboat_domain::row_difference::TableDifference;
use lifeboat_domain::schema::JournalMode;
use lifeboat_domain::trust::TrustLevel;
use lifeboat_ports::{Counting, PortErrorKind, Quiesced};
use std::path::Path;
use std::time::Duration;

/// One restore or undo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestoreOrder {
    /// Longest wait for a lock of another process.
    pub wait: Duration,
}

impl Default for RestoreOrder {
    /// Waits 5 seconds.
    fn default() -> Self {
        Self { wait: Duration::from_secs(5) }
    }
}

/// What a restore would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestorePlan {
    /// The point.
    pub point: Manifest,
    /// The way in.
    pub mode: RestoreMode,
    /// What changes, table by table; empty where the live database cannot be read.
    pub differences: Vec<TableDifference>,
    /// The point has another schema version than the live database.
    pub other_schema: bool,
}

/// Where the state before a swap went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// Folder name under `quarantine/` of the work folder; `None` where nothing was there.
    pub set: Option<String>,
    /// Files that no act of ours made, found on the way.
    pub intruders: Vec<String>,
}

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreReport {
    /// The point that is in place now; `None` where an undo put quarantined files back.
    pub point: Option<Manifest>,
    /// The way in.
    pub mode: RestoreMode,
    /// The point that holds the state before, where one could be made.
    pub safety: Option<Manifest>,
    /// What was set aside, with a swap.
    pub set_aside: Option<SetAside>,
    /// Another process wrote right after the install, so the counts could not be proven.
    pub others_wrote: bool,
    /// An interrupted act that was finished or taken back first.
    pub recovered: Option<Recovery>,
    /// How long it took.
    pub took: Duration,
    /// How long putting the point in place took, of that.
    pub install_took: Duration,
}

impl RestoreReport {
    /// Something the user should read.
    #[must_use]
    pub fn has_warnings(&self) -> bool {
        let intruders = self.set_aside.as_ref().is_some_and(|s| !s.intruders.is_empty());
        let suspect = self.point.as_ref().is_some_and(|point| point.suspect);
        suspect || self.others_wrote || intruders || self.recovered.is_some()
    }
}

/// What both ways in share.
struct Job<'a> {
    verb: Verb,
    point: &'a Manifest,
    order: RestoreOrder,
}

/// What one way in reports.
struct Placed {
    mode: RestoreMode,
    safety: Option<Manifest>,
    set_aside: Option<SetAside>,
    others_wrote: bool,
    install_took: Duration,
}

impl Lifeboat {
    /// What a restore would do, row by row where a key allows it. Writes nothing.
    ///
    /// # Errors
    /// As [`Self::find`]; `LB0501` for a point that may not be restored; `LB0104`, `LB0105`.
    pub async fn plan_restore(&self, word: &str) -> Result<RestorePlan, Error> {
        let point = find_in(&self.list().await?, word)?;
        refuse_unproven(&point)?;
        let live = self.live_condition().await?;
        let mode = choose_mode(&live, point.facts.page_size, Company::Others);
        let differences = match &live {
            LiveCondition::Sound(_) => self.differences(&point).await?,
            _ => Vec::new(),
        };
        let other_schema = match &live {
            LiveCondition::Sound(facts) => facts.user_version != point.facts.user_version,
            _ => false,
        };
        Ok(RestorePlan { point, mode, differences, other_schema })
    }

    /// Puts a point in place of the live database. The state before becomes a restore point first, so that
    /// [`Self::undo`] can go back; where the live files are damaged they are set aside instead.
    ///
    /// Killed anywhere, the database opens afterwards in its old or its new state.
    ///
    /// # Errors
    /// As [`Self::find`]; `LB0401`, `LB0501` before anything is touched; `LB0104`, `LB0108`, `LB0109` with
    /// nothing changed; `LB0502` where the proof failed and the old state is back; `LB0506` where it is not.
    pub async fn restore(&self, word: &str, order: RestoreOrder) -> Result<RestoreReport, Error> {
        let begun = self.ports.clock.monotonic();
        let _guard = self.ports.workshop.lock(order.wait, &self.watch).await.about(About::Lock)?;
        let recovered = self.recover_locked().await?;
        let point = find_in(&self.list().await?, word)?;
        let placed = self.put(&Job { verb: Verb::Restore, point: &point, order }).await?;
        Ok(self.report(Some(point), placed, recovered, begun))
    }

    /// Writes a point to a new file and leaves the live database alone.
    ///
    /// # Errors
    /// As [`Self::find`]; `LB0501`, `LB0504`, `LB0109`, `LB0203`; nothing stands under the name then.
    pub async fn restore_to(&self, word: &str, to: &Path) -> Result<Manifest, Error> {
        let point = find_in(&self.list().await?, word)?;
        refuse_unproven(&point)?;
        self.refuse_own_names(to)?;
        let need = self.need("restored copy", to, point.size_bytes).await?;
        self.preflight(&[need])?;
        self.ports.vault.export(&point, to, &self.watch).await.map_err(|error| match error.kind() {
            PortErrorKind::Damaged => explain(About::Point, error),
            _ => explain(About::Target, error),
        })?;
        Ok(point)
    }

    /// A copy under a name that the engine or Lifeboat itself reads would be taken for something else.
    fn refuse_own_names(&self, to: &Path) -> Result<(), Error> {
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = folder.canonicalize().map_err(|e| {
            let cause = format!("the folder of {} is not there ({e})", to.display());
            Error::new(Code::TargetExists, cause, "make the folder first, or name another file")
        })?;
        let target = folder.join(to.file_name().unwrap_or_default());
        let vault = self.places.vault.canonicalize().unwrap_or_else(|_| self.places.vault.clone());
        let sidecar = ["-wal", "-shm", "-journal"].iter().any(|suffix| {
            let mut name = self.places.database.clone().into_os_string();
            name.push(suffix);
            target.as_os_str() == name
        });
        if sidecar || target.starts_with(self.work_folder()) || target.starts_with(vault) {
            let cause = format!("{} is a name of the database or of Lifeboat", to.display());
            return Err(Error::new(Code::DestinationIsSource, cause, "name a file elsewhere"));
        }
        Ok(())
    }

    async fn put(&self, job: &Job<'_>) -> Result<Placed, Error> {
        refuse_unproven(job.point)?;
        self.refuse_network().await?;
        let live = self.live_condition().await?;
        let quiet = self.ports.snapshotter.quiesce(job.order.wait).await.about(About::Database)?;
        let placed = match choose_mode(&live, job.point.facts.page_size, quiet.company()) {
            RestoreMode::Swap(reason) => self.put_swapped(job, reason).await?,
            mode => match self.put_in_place(job, mode).await {
                Err(error) if error.is_of("install", PortErrorKind::PermissionDenied) => {
                    self.put_swapped(job, SwapReason::NotWritable).await?
                }
                done => done?,
            },
        };
        release(quiet);
        self.watch.events.emit(&Event::Restored { point: Some(job.point.id) });
        Ok(placed)
    }

    fn report(
        &self,
        point: Option<Manifest>,
        placed: Placed,
        recovered: Option<Recovery>,
        begun: Duration,
    ) -> RestoreReport {
        let took = self.ports.clock.monotonic().saturating_sub(begun);
        let Placed { mode, safety, set_aside, others_wrote, install_took } = placed;
        RestoreReport { point, mode, safety, set_aside, others_wrote, recovered, took, install_took }
    }

    async fn live_condition(&self) -> Result<LiveCondition, Error> {
        match self.ports.snapshotter.inspect(Counting::HeaderOnly).await {
            Ok(facts) => Ok(LiveCondition::Sound(facts)),
            Err(error) => match error.kind() {
                PortErrorKind::NotFound => Ok(LiveCondition::Absent),
                PortErrorKind::NotADatabase | PortErrorKind::Damaged => Ok(LiveCondition::Damaged),
                _ => Err(explain(About::Database, error)),
            },
        }
    }

    async fn differences(&self, point: &Manifest) -> Result<Vec<TableDifference>, Error> {
        let file = self.ports.vault.open(point).await.about(About::Point)?;
        self.ports.snapshotter.row_differences(&file.path, &self.watch).await.about(About::Database)
    }

    /// The state before, as a restore point.
    async fn take_safety_point(&self, job: &Job<'_>) -> Result<Manifest, Error> {
        let note = match job.verb {
            Verb::Restore => format!("before the restore of {}", job.point.id.short()),
            Verb::Undo => "before an undo".to_owned(),
        };
        let limits = Limits { wait: job.order.wait, ..Limits::default() };
        let order = BackupOrder { note: Some(note), limits, ..BackupOrder::of_kind(PointKind::PreRestore) };
        self.take_point(&order).await.map(|(point, _)| point)
    }

    fn act(&self, job: &Job<'_>, safety: Option<&Manifest>, way: Way) -> Result<Act, Error> {
        let begun = self.ports.clock.utc_now();
        Ok(Act {
            id: self.draw_id(begun)?,
            verb: job.verb,
            begun,
            point: Some(job.point.id),
            safety: safety.map(|p| p.id),
            way,
        })
    }
}

/// Gives the database back to this process's own jobs.
fn release(quiet: Box<dyn Quiesced>) {
    drop(quiet);
}

fn refuse_unproven(point: &Manifest) -> Result<(), Error> {
    if point.trust.level >= TrustLevel::Checked {
        return Ok(());
    }
    let cause = format!("restore point {} is only {}", point.id.short(), point.trust.level);
    Err(Error::new(Code::PointNotVerified, cause, "choose a checked one: `lifeboat list`"))
}

/// Bytes that a database needs beside it while it is being overwritten in place: the log or the journal
/// takes up to 1.01 times the larger of old and new (measured: 1.006 in WAL, 1.002 otherwise).
fn in_place_bytes(journal: JournalMode, live: u64, point: u64) -> u64 {
    let larger = live.max(point);
    match journal {
        JournalMode::Wal => larger + larger / 100 + point.saturating_sub(live),
        JournalMode::Rollback => live + live / 100 + point.saturating_sub(live),
    }
}
