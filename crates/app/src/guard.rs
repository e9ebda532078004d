//! For teams that keep their own migrator: a restore point, their work, a look at what it left, and the way back by
//! itself where it failed.

use crate::Lifeboat;
use crate::backup::{BackupOrder, Limits};
use crate::error::{About, Error};
use crate::handle::Explain;
use crate::recover::Recovery;
use crate::restore::RestoreOrder;
use lifeboat_domain::act::{Act, Verb, Way};
use lifeboat_domain::code::Code;
use lifeboat_domain::findings::Examination;
use lifeboat_domain::kind::PointKind;
use lifeboat_domain::manifest::Manifest;
use lifeboat_domain::migration::new_orphans;
use lifeboat_domain::restore::InPlaceOutcome;
use lifeboat_domain::row_difference::TableChange;
use std::future::Future;
use std::time::Duration;

/// One guarded piece of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardOrder {
    /// Words to find the restore point by.
    pub note: Option<String>,
    /// Longest wait for a lock of another process.
    pub wait: Duration,
}

impl Default for GuardOrder {
    /// No note, 5 seconds.
    fn default() -> Self {
        Self { note: None, wait: Duration::from_secs(5) }
    }
}

/// What a guard did around work that went well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardReport<T> {
    /// What the work gave.
    pub value: T,
    /// The state before.
    pub restore_point: Manifest,
    /// An interrupted act that was finished or taken back first.
    pub recovered: Option<Recovery>,
}

impl Lifeboat {
    /// Takes a restore point, lets `work` change the database in any way, and looks at it afterwards. Where the work
    /// fails, or leaves damage or new rows without a parent, the state before goes back. [`Self::undo`] takes back
    /// work that went well. The work opens the database itself; an embedded pool is closed meanwhile.
    ///
    /// Killed while the work is under way, the database is as the work left it, and `undo` goes back.
    ///
    /// # Errors
    /// As [`Self::backup`], and the work did not begin; `LB0914` where it failed and the state before is back, with the
    /// work's own words as cause; as [`Self::restore`] where it could not be put back.
    pub async fn guard<T, F, W>(&self, order: &GuardOrder, work: F) -> Result<GuardReport<T>, Error>
    where
        F: FnOnce() -> W,
        W: Future<Output = Result<T, String>>,
    {
        let _lock = self.lock(order.wait).await?;
        let recovered = self.recover_locked().await?;
        let told = || recovered.as_ref().map(Recovery::words);
        let (act, point) = self.begin_guarded(order).await.map_err(|error| error.after(told()))?;
        // From here on nothing is cancelled halfway: an interrupt ends the work, and the guard mends what it left.
        let firm = self.watched(self.watch.uncancellable());
        match firm.carry_out(order, work).await {
            Ok(value) => {
                firm.close(&act, InPlaceOutcome::New).await?;
                Ok(GuardReport { value, restore_point: point, recovered })
            }
            Err(cause) => Err(firm.take_back(&act, &point, order, cause).await.after(told())),
        }
    }

    async fn begin_guarded(&self, order: &GuardOrder) -> Result<(Act, Manifest), Error> {
        self.refuse_network().await?;
        let backup = BackupOrder {
            note: Some(order.note.clone().unwrap_or_else(|| "before guarded work".to_owned())),
            limits: Limits { wait: order.wait, ..Limits::default() },
            ..BackupOrder::of_kind(PointKind::PreMigration)
        };
        let (point, _) = self.take_point(&backup).await.map_err(|e| e.leaving("the work did not begin"))?;
        let begun = self.ports.clock.utc_now();
        let (id, safety) = (self.draw_id(begun)?, Some(point.id));
        let act = Act { id, verb: Verb::Guard, begun, point: None, safety, way: Way::Guarded };
        self.ports.workshop.begin(&act).await.about(About::ActRecord)?;
        Ok((act, point))
    }

    /// The work, and a look at what it left; the error says in words what is wrong.
    async fn carry_out<T, F, W>(&self, order: &GuardOrder, work: F) -> Result<T, String>
    where
        F: FnOnce() -> W,
        W: Future<Output = Result<T, String>>,
    {
        let before = self.examine_for_guard().await?;
        let quiet = self.ports.snapshotter.quiesce(order.wait).await.map_err(|error| error.to_string())?;
        let value = work().await?;
        drop(quiet);
        let after = self.examine_for_guard().await?;
        if after.findings.structure > before.findings.structure {
            return Err("the work left the database damaged".to_owned());
        }
        if let Some(gap) = after.not_checked.iter().find(|gap| !before.not_checked.contains(gap)) {
            return Err(format!(
                "the {} of {} cannot be checked any more: {}",
                gap.check, gap.subject, gap.reason
            ));
        }
        match new_orphans(&before.findings.orphans, &after.findings.orphans).first() {
            Some(violation) => Err(violation.to_string()),
            None => Ok(value),
        }
    }

    async fn examine_for_guard(&self) -> Result<Examination, String> {
        self.ports.snapshotter.examine_live(&self.watch).await.map_err(|error| error.to_string())
    }

    async fn take_back(&self, act: &Act, point: &Manifest, order: &GuardOrder, cause: String) -> Error {
        let failed = Error::new(Code::GuardedWorkFailed, cause, "mend what failed, then run it again");
        if self.is_as_before(point).await {
            // The record first: a record that names a point which is gone would leave nothing to undo.
            if let Err(error) = self.close(act, InPlaceOutcome::Old).await {
                return error;
            }
            self.withdraw(point).await;
            return failed.state("the database is as it was: the work had changed nothing");
        }
        let order = RestoreOrder { wait: order.wait };
        if let Err(error) = self.close(act, InPlaceOutcome::New).await {
            return error;
        }
        match self.put_back(point, order).await {
            Ok(()) => failed.state(format!(
                "the state before is back (restore point {}); what the work left is the restore point after it",
                point.id.short()
            )),
            Err(error) => error.state(format!(
                "the work failed, and the state before it could not be put back; it is restore point {}",
                point.id.short()
            )),
        }
    }

    /// Every table compares equal, row by row, and so does the schema; what cannot be compared counts as changed.
    async fn is_as_before(&self, point: &Manifest) -> bool {
        let live = self.ports.snapshotter.inspect(lifeboat_ports::Counting::HeaderOnly).await;
        let same_schema = live.is_ok_and(|facts| {
            facts.fingerprint == point.facts.fingerprint && facts.user_version == point.facts.user_version
        });
        let Ok(differences) = self.differences(point).await else { return false };
        same_schema && differences.iter().all(|table| table.change == TableChange::Equal)
    }
}
