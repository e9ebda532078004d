//! Restore and undo: plan, make the state before safe, put the point in place, prove it, or put back.

mod export;
mod in_place;
mod plan;
mod swapped;
mod undo;

pub use plan::RestorePlan;

use crate::Lifeboat;
use crate::backup::{BackupOrder, Limits};
use crate::error::{About, Error};
use crate::handle::Explain;
use crate::points::find_in;
use crate::recover::Recovery;
use in_place::Landed;
use lifeboat_domain::act::{Act, Verb, Way};
use lifeboat_domain::event::Event;
use lifeboat_domain::kind::PointKind;
use lifeboat_domain::manifest::Manifest;
use lifeboat_domain::restore::{RestoreMode, SwapReason, choose_mode};
use lifeboat_ports::{PortError, PortErrorKind, Quiesced};
use plan::refuse_unproven;
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
    /// File name in quarantine of an act's record that was damaged.
    pub record_set_aside: Option<String>,
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
        let settled = self.recovered.is_some() || self.record_set_aside.is_some();
        suspect || self.others_wrote || intruders || settled
    }
}

/// How long the vault is waited for, to take out what was taken in vain.
const WITHDRAW_WAIT: Duration = Duration::from_secs(5);

/// What was found of an earlier act.
struct Settled {
    recovered: Option<Recovery>,
    record_set_aside: Option<String>,
}

impl Settled {
    /// What was done about an earlier act is told also where the new one fails.
    fn tell(&self, error: Error) -> Error {
        let words = |name| format!("a damaged record of an earlier act is in quarantine as {name}");
        error
            .after(self.recovered.as_ref().map(Recovery::words))
            .after(self.record_set_aside.as_ref().map(words))
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
    /// Puts a point in place of the live database. The state before becomes a restore point first, so that
    /// [`Self::undo`] can go back; where the live files are damaged they are set aside instead.
    ///
    /// Killed anywhere, the database opens afterwards in its old or its new state. A damaged record of an earlier
    /// act is set aside: what is live now is kept like any other state before.
    ///
    /// # Errors
    /// As [`Self::find`]; `LB0401`, `LB0501` before anything is touched; `LB0104`, `LB0108`, `LB0109` with the
    /// database as it was; `LB0502` where the proof failed and the old state is back; `LB0506` where it is not.
    pub async fn restore(&self, word: &str, order: RestoreOrder) -> Result<RestoreReport, Error> {
        let begun = self.ports.clock.monotonic();
        // Before the lock, which makes a folder: without a vault there is nothing to go back to.
        self.list().await?;
        let _guard = self.lock_new(order.wait).await?;
        // Found before anything is settled: a word that names no point changes nothing.
        let point = find_in(&self.list().await?, word)?;
        refuse_unproven(&point)?;
        let settled = self.settle().await?;
        match self.put(&Job { verb: Verb::Restore, point: &point, order }).await {
            Ok(placed) => Ok(self.report(Some(point), placed, settled, begun)),
            Err(error) => Err(settled.tell(error)),
        }
    }

    /// An interrupted act is finished or taken back; a record of one that cannot be read is set aside.
    async fn settle(&self) -> Result<Settled, Error> {
        let damaged = |error: &PortError| error.kind() == PortErrorKind::Damaged;
        if self.ports.workshop.pending().await.as_ref().is_err_and(damaged) {
            let name = self.ports.workshop.set_record_aside().await.about(About::ActRecord)?;
            self.watch.events.emit(&Event::SetAside { name: name.clone() });
            return Ok(Settled { recovered: None, record_set_aside: Some(name) });
        }
        Ok(Settled { recovered: self.recover_locked().await?, record_set_aside: None })
    }

    /// Puts a point back for an act that failed, under its lock: as an undo of it.
    pub(crate) async fn put_back(&self, point: &Manifest, order: RestoreOrder) -> Result<(), Error> {
        self.put(&Job { verb: Verb::Undo, point, order }).await.map(drop)
    }

    async fn put(&self, job: &Job<'_>) -> Result<Placed, Error> {
        refuse_unproven(job.point)?;
        self.refuse_moved().await?;
        self.refuse_network().await?;
        let live = self.live_condition().await?;
        let quiet = self.ports.snapshotter.quiesce(job.order.wait).await.about(About::Database)?;
        let placed = match choose_mode(&live, job.point.facts.page_size, quiet.company()) {
            RestoreMode::Swap(reason) => self.put_swapped(job, reason, None).await?,
            mode => match self.put_in_place(job, mode).await? {
                Landed::Placed(placed) => placed,
                Landed::NotWritable { safety } => {
                    self.put_swapped(job, SwapReason::NotWritable, Some(safety)).await?
                }
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
        settled: Settled,
        begun: Duration,
    ) -> RestoreReport {
        let took = self.ports.clock.monotonic().saturating_sub(begun);
        let Placed { mode, safety, set_aside, others_wrote, install_took } = placed;
        let Settled { recovered, record_set_aside } = settled;
        RestoreReport {
            point,
            mode,
            safety,
            set_aside,
            others_wrote,
            recovered,
            record_set_aside,
            took,
            install_took,
        }
    }

    /// The state before, as a restore point; `point` is what is to be put in place.
    async fn take_safety_point(
        &self,
        point: Option<&Manifest>,
        order: RestoreOrder,
    ) -> Result<Manifest, Error> {
        let note = match point {
            Some(point) => format!("before going back to {}", point.id.short()),
            None => "before going back to quarantined files".to_owned(),
        };
        let limits = Limits { wait: order.wait, ..Limits::default() };
        let order = BackupOrder { note: Some(note), limits, ..BackupOrder::of_kind(PointKind::PreRestore) };
        let taken = self.take_point(&order).await;
        taken.map(|(point, _)| point).map_err(|error| error.leaving("the database is as it was"))
    }

    /// A safety point of an act that did not happen goes again. Only tidies up: one that stays does no harm.
    pub(crate) async fn withdraw(&self, safety: &Manifest) {
        let withdrawn = async {
            let _guard = self.ports.vault.lock(WITHDRAW_WAIT, &self.watch.uncancellable()).await?;
            self.ports.vault.withdraw(safety).await
        };
        if let Err(error) = withdrawn.await {
            tracing::info!(%error, "a restore point that was taken in vain stays");
        }
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
