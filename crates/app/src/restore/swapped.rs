//! The way for a database that is damaged, absent or may not be written: the files are exchanged.

use super::{Job, Placed, SetAside};
use crate::Lifeboat;
use crate::error::{About, Error};
use crate::handle::Explain;
use crate::handle::name_all;
use lifeboat_domain::act::{Act, Way};
use lifeboat_domain::code::Code;
use lifeboat_domain::event::Event;
use lifeboat_domain::manifest::Manifest;
use lifeboat_domain::restore::{InPlaceOutcome, RestoreMode, SwapReason};
use lifeboat_domain::schema::JournalMode;
use lifeboat_domain::swap::{Part, PartRecord, SwapIntent};
use lifeboat_ports::{Counting, Looking, PortError, PortErrorKind, StageSource};

impl Lifeboat {
    /// `kept` is the state before, where it was kept already.
    pub(super) async fn put_swapped(
        &self,
        job: &Job<'_>,
        reason: SwapReason,
        kept: Option<Manifest>,
    ) -> Result<Placed, Error> {
        let safety = match (self.ready_to_swap(job).await, kept) {
            (Err(error), kept) => return Err(self.called_off(error, kept.as_ref()).await),
            (Ok(()), None) => self.safety_if_possible(job, reason).await,
            (Ok(()), kept) => kept,
        };
        let begun = self.ports.clock.monotonic();
        let swapped = self.swap(job, safety.as_ref()).await;
        let install_took = self.ports.clock.monotonic().saturating_sub(begun);
        let set_aside = match swapped {
            Ok(set_aside) => set_aside,
            Err(error) => return Err(self.called_off(error, safety.as_ref()).await),
        };
        self.prove_swapped(job.point).await?;
        self.restore_journal(job.point).await;
        let mode = RestoreMode::Swap(reason);
        Ok(Placed { mode, safety, set_aside: Some(set_aside), others_wrote: false, install_took })
    }

    /// A point lies in rollback-journal mode; the database that it was taken of may not have. An application that sets
    /// its mode once would stay in the slower one.
    async fn restore_journal(&self, point: &Manifest) {
        if point.facts.journal == JournalMode::Wal
            && let Err(error) = self.ports.snapshotter.use_journal(JournalMode::Wal).await
        {
            tracing::warn!(%error, "the restored database stays in rollback-journal mode");
        }
    }

    async fn ready_to_swap(&self, job: &Job<'_>) -> Result<(), Error> {
        self.refuse_holders().await?;
        self.prove_bytes(job.point).await?;
        let need = self.need("staging", &self.places.database, job.point.size_bytes).await?;
        self.preflight(&[need])
    }

    /// On an error the old files are where they were.
    async fn swap(&self, job: &Job<'_>, safety: Option<&Manifest>) -> Result<SetAside, Error> {
        let file = self.ports.vault.open(job.point).await.about(About::Point)?;
        let set = self.set_name()?;
        let incoming =
            self.ports.workshop.stage(&set, StageSource::Point(&file.path)).await.about(About::Target)?;
        let act = match refuse_other_bytes(&incoming, job.point) {
            Ok(()) => self.swap_act(job, safety, set.clone(), incoming).await,
            Err(error) => Err(error),
        };
        let act = self.or_unstage(act, &set).await?;
        self.exchange(&act).await
    }

    /// An act that did not happen needs no safety point.
    pub(super) async fn called_off(&self, error: Error, safety: Option<&Manifest>) -> Error {
        if error.is_unsettled() {
            return error;
        }
        if let Some(safety) = safety {
            self.withdraw(safety).await;
        }
        error.leaving("the database is as it was")
    }

    /// Renaming a file under a process that has it open loses that process's writes.
    pub(crate) async fn refuse_holders(&self) -> Result<(), Error> {
        let holders = self.ports.workshop.holders(Looking::AtLocksToo).await.about(About::Database)?;
        if holders.is_empty() {
            return Ok(());
        }
        let cause = format!("{} is open in {}", self.name(), name_all(&holders));
        Err(Error::new(Code::DatabaseBusy, cause, "close that application, then run the command again"))
    }

    /// A damaged database gives a suspect point at best; its files are set aside in any case.
    async fn safety_if_possible(&self, job: &Job<'_>, reason: SwapReason) -> Option<Manifest> {
        if reason == SwapReason::Absent {
            return None;
        }
        match self.take_safety_point(Some(job.point), job.order).await {
            Ok(point) => Some(point),
            Err(error) => {
                tracing::info!(code = %error.code(), "no safety point; the old files are set aside instead");
                None
            }
        }
    }

    /// A name for the staged and the old files that no other act has.
    pub(crate) fn set_name(&self) -> Result<String, Error> {
        let now = self.ports.clock.utc_now();
        Ok(format!("{}-{}", now.compact(), self.draw_id(now)?.short()))
    }

    async fn swap_act(
        &self,
        job: &Job<'_>,
        safety: Option<&Manifest>,
        set: String,
        incoming: Vec<PartRecord>,
    ) -> Result<Act, Error> {
        let intent = self.swap_intent(set, incoming).await?;
        self.act(job, safety, Way::Swap(intent))
    }

    /// What was staged for an exchange that does not begin is removed again.
    pub(crate) async fn or_unstage<T>(&self, result: Result<T, Error>, set: &str) -> Result<T, Error> {
        if result.is_err() {
            self.ports.workshop.unstage(set).await.about(About::Target)?;
        }
        result
    }

    pub(crate) async fn swap_intent(
        &self,
        set: String,
        incoming: Vec<PartRecord>,
    ) -> Result<SwapIntent, Error> {
        let outgoing = self.ports.workshop.standing().await.about(About::Database)?;
        Ok(SwapIntent { database: self.name(), set, outgoing, incoming, moved_to: None })
    }

    /// Carries the exchange out; what stops it halfway is finished or taken back at once.
    pub(crate) async fn exchange(&self, act: &Act) -> Result<SetAside, Error> {
        let Way::Swap(intent) = &act.way else { unreachable!("because only swaps are exchanged") };
        if self.watch.cancel.is_cancelled() {
            self.ports.workshop.unstage(&intent.set).await.about(About::Target)?;
            return Err(PortError::new(PortErrorKind::Cancelled, "restore", self.name()))
                .about(About::Database);
        }
        let set = intent.outgoing.first().map(|_| intent.set.clone());
        match self.ports.workshop.exchange(act).await {
            Ok(intruders) => {
                for name in &intruders {
                    self.watch.events.emit(&Event::SetAside { name: name.clone() });
                }
                Ok(SetAside { set, intruders })
            }
            Err(error) => {
                let failed = crate::error::explain(About::Target, error);
                let Ok(recovered) = self.recover_locked().await else { return Err(failed.unsettled()) };
                if let Err(error) = self.ports.workshop.unstage(&intent.set).await {
                    tracing::info!(%error, "staged files stay");
                }
                match recovered {
                    Some(done) if done.outcome == InPlaceOutcome::New => {
                        Ok(SetAside { set, intruders: done.set_aside })
                    }
                    // Only the removal of the intent could not be made durable: what it stood for is done.
                    None if self.is_last(act).await => Ok(SetAside { set, intruders: Vec::new() }),
                    _ => Err(failed),
                }
            }
        }
    }

    async fn is_last(&self, act: &Act) -> bool {
        matches!(self.ports.workshop.last().await, Ok(Some(last)) if last.id == act.id)
    }

    async fn prove_swapped(&self, point: &Manifest) -> Result<(), Error> {
        let facts = self.ports.snapshotter.inspect(Counting::Rows).await.about(About::Database)?;
        if facts.fingerprint == point.facts.fingerprint && facts.tables == point.facts.tables {
            return Ok(());
        }
        let cause = "what is in place after the restore is not what the restore point holds";
        Err(Error::new(
            Code::PutBackFailed,
            cause,
            "look who writes to it, then restore again: `lifeboat status`",
        )
        .state("the restored file is in place and was changed since; the old files are in quarantine"))
    }
}

fn refuse_other_bytes(staged: &[PartRecord], point: &Manifest) -> Result<(), Error> {
    let main = staged.iter().find(|record| record.part == Part::Main);
    if main.is_some_and(|record| record.digest == point.digest) {
        return Ok(());
    }
    let cause = "the staged copy is not what the restore point holds";
    Err(Error::new(Code::PointDamaged, cause, "look at the disk: `lifeboat doctor`"))
}
