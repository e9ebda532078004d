//! Undo: a restore of the state before the last act. It is an act itself, so it can be undone.

use super::plan::refuse_unproven;
use super::{Job, Placed, RestoreOrder, RestoreReport, SetAside, Settled};
use crate::Lifeboat;
use crate::error::{About, Error};
use crate::handle::Explain;
use lifeboat_domain::act::{Act, Verb, Way};
use lifeboat_domain::code::Code;
use lifeboat_domain::event::Event;
use lifeboat_domain::manifest::Manifest;
use lifeboat_domain::restore::{InPlaceOutcome, RestoreMode, SwapReason};
use lifeboat_domain::swap::{PartRecord, SwapIntent};
use lifeboat_ports::{PortErrorKind, StageSource};

impl Lifeboat {
    /// The act that [`Self::undo`] would take back, and the point it would go back to, where there is one.
    ///
    /// # Errors
    /// `LB0601` where there is no act, or one was interrupted and is to be settled first ([`Self::recover`]); `LB0602`
    /// where its point is gone, `LB0111`.
    pub async fn plan_undo(&self) -> Result<(Act, Option<Manifest>), Error> {
        if let Some(act) = self.ports.workshop.pending().await.about(About::ActRecord)? {
            let cause =
                format!("a {} was interrupted; what it left is known once it is settled", act.verb.as_str());
            let next = "`lifeboat undo` settles it first, and asks before it takes anything back";
            return Err(Error::new(Code::NothingToUndo, cause, next));
        }
        let last = self.ports.workshop.last().await.about(About::ActRecord)?;
        let next = "restore a point by name: `lifeboat list`";
        let act =
            last.ok_or_else(|| Error::new(Code::NothingToUndo, "there is no act to take back", next))?;
        if let Way::Swap(intent) = &act.way
            && let Some(to) = &intent.moved_to
        {
            let next = format!("move it back: `lifeboat --database \"{to}\" relocate --to FILE`");
            return Err(Error::new(Code::NothingToUndo, format!("the database was moved to {to}"), next));
        }
        if matches!(&act.way, Way::Swap(intent) if intent.had_main()) {
            return Ok((act, None));
        }
        let Some(safety) = act.safety else {
            let cause = "there was no database before the last act";
            return Err(Error::new(Code::UndoPointGone, cause, "move the file away by hand, if you must"));
        };
        let points = self.list().await?.points();
        let point = points.into_iter().find(|p| p.id == safety);
        let gone =
            || Error::new(Code::UndoPointGone, format!("restore point {} is gone", safety.short()), next);
        let point = point.ok_or_else(gone)?;
        refuse_unproven(&point)?;
        Ok((act, Some(point)))
    }

    /// Takes back the last restore or undo.
    ///
    /// # Errors
    /// As [`Self::plan_undo`] and [`Self::restore`].
    pub async fn undo(&self, order: RestoreOrder) -> Result<RestoreReport, Error> {
        let begun = self.ports.clock.monotonic();
        let _guard = self.lock(order.wait).await?;
        let settled = Settled { recovered: self.recover_locked().await?, record_set_aside: None };
        if let Some(recovery) = settled.recovered.as_ref().filter(|r| r.outcome == InPlaceOutcome::Old) {
            // Whoever wanted to take back what was interrupted has it; the act before was not meant.
            let next = "to take back the act before it as well: `lifeboat undo`";
            return Err(Error::new(Code::NothingToUndo, recovery.words(), next));
        }
        match self.undo_settled(order).await {
            Ok((point, placed)) => Ok(self.report(point, placed, settled, begun)),
            Err(error) => Err(settled.tell(error)),
        }
    }

    async fn undo_settled(&self, order: RestoreOrder) -> Result<(Option<Manifest>, Placed), Error> {
        let (last, point) = self.plan_undo().await?;
        let placed = match (&point, &last.way) {
            (Some(point), _) => self.put(&Job { verb: Verb::Undo, point, order }).await?,
            (None, Way::Swap(intent)) => self.put_set_back(intent, order).await?,
            (
                None,
                Way::InPlace { .. } | Way::Steps { .. } | Way::Guarded | Way::Marked | Way::Compared { .. },
            ) => {
                unreachable!("because a plan names the point of an act in place")
            }
        };
        Ok((point, placed))
    }

    /// Takes back an exchange of files: the quarantined set comes back as it was, damage included.
    async fn put_set_back(&self, past: &SwapIntent, order: RestoreOrder) -> Result<Placed, Error> {
        let quiet = self.ports.snapshotter.quiesce(order.wait).await.about(About::Database)?;
        self.refuse_holders().await?;
        let bytes = past.outgoing.iter().map(|record| record.size_bytes).sum();
        let need = self.need("staging", &self.places.database, bytes).await?;
        self.preflight(&[need])?;
        // Where what is live is damaged too, its files are set aside: that is the way back. After a quarantine nothing is
        // live.
        let safety = match self.take_safety_point(None, order).await {
            Ok(point) => Some(point),
            Err(error) if is_unreadable(error.code()) => None,
            Err(error) => return Err(error),
        };
        let begun = self.ports.clock.monotonic();
        let (act, set_aside) = match self.swap_back(past, safety.as_ref()).await {
            Ok(swapped) => swapped,
            Err(error) => return Err(self.called_off(error, safety.as_ref()).await),
        };
        let install_took = self.ports.clock.monotonic().saturating_sub(begun);
        let others_wrote = !self.stands_as_staged(&act).await?;
        super::release(quiet);
        self.watch.events.emit(&Event::Restored { point: None });
        let mode = RestoreMode::Swap(SwapReason::Damaged);
        Ok(Placed { mode, safety, set_aside: Some(set_aside), others_wrote, install_took })
    }

    /// On an error the files are where they were.
    async fn swap_back(
        &self,
        past: &SwapIntent,
        safety: Option<&Manifest>,
    ) -> Result<(Act, SetAside), Error> {
        let set = self.set_name()?;
        let staged = self.ports.workshop.stage(&set, StageSource::Quarantined(&past.set)).await;
        let incoming = staged.map_err(|error| match error.kind() {
            PortErrorKind::NotFound => {
                let cause = format!("the quarantined files {} are gone", past.set);
                Error::new(Code::UndoPointGone, cause, "restore a point by name: `lifeboat list`")
            }
            _ => crate::error::explain(About::Target, error),
        })?;
        let act = self.set_back_act(safety, set.clone(), incoming).await;
        let act = self.or_unstage(act, &set).await?;
        let set_aside = self.exchange(&act).await?;
        Ok((act, set_aside))
    }

    async fn set_back_act(
        &self,
        safety: Option<&Manifest>,
        set: String,
        incoming: Vec<PartRecord>,
    ) -> Result<Act, Error> {
        let intent = self.swap_intent(set, incoming).await?;
        let begun = self.ports.clock.utc_now();
        Ok(Act {
            id: self.draw_id(begun)?,
            verb: Verb::Undo,
            begun,
            point: None,
            safety: safety.map(|point| point.id),
            way: Way::Swap(intent),
        })
    }

    /// Size and digest of every file are the staged ones; where not, somebody has opened and written them since.
    async fn stands_as_staged(&self, act: &Act) -> Result<bool, Error> {
        let Way::Swap(intent) = &act.way else { unreachable!("because only swaps are exchanged") };
        Ok(self.ports.workshop.standing().await.about(About::Database)? == intent.incoming)
    }
}

const fn is_unreadable(code: Code) -> bool {
    matches!(code, Code::DatabaseDamaged | Code::NotADatabase | Code::DatabaseAbsent)
}
