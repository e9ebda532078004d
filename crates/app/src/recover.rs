//! Finishes or takes back an act that was interrupted, before anything else is opened.

use crate::Lifeboat;
use crate::error::{About, Error};
use crate::handle::Explain;
use lifeboat_domain::act::{Act, Way};
use lifeboat_domain::event::Event;
use lifeboat_domain::restore::{InPlaceOutcome, judge_in_place};
use lifeboat_domain::schema::DatabaseFacts;
use lifeboat_domain::swap;
use lifeboat_ports::{Counting, PortErrorKind};
use std::time::Duration;

/// What a recovery did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// The act that was interrupted.
    pub act: Act,
    /// Which state the database is in now.
    pub outcome: InPlaceOutcome,
    /// Names in quarantine of files that no act of ours made.
    pub set_aside: Vec<String>,
}

impl Recovery {
    /// The whole in words.
    #[must_use]
    pub fn words(&self) -> String {
        let (verb, outcome) = (self.act.verb.as_str(), self.outcome_word());
        format!("an interrupted {verb} was settled first: the database is in its {outcome} state")
    }

    /// `old` or `new`, or `old or new` where somebody changed the schema since.
    #[must_use]
    pub const fn outcome_word(&self) -> &'static str {
        match self.outcome {
            InPlaceOutcome::Old => "old",
            InPlaceOutcome::New => "new",
            InPlaceOutcome::ChangedSince => "old or new",
        }
    }
}

impl Lifeboat {
    /// The interrupted act, if there is one. Writes nothing.
    ///
    /// # Errors
    /// `LB0111`, `LB0305`, `LB0112`.
    pub async fn pending(&self) -> Result<Option<Act>, Error> {
        self.ports.workshop.pending().await.about(About::ActRecord)
    }

    /// Finishes or takes back an interrupted act. Idempotent; does nothing where there is none.
    ///
    /// # Errors
    /// `LB0108` while another process carries the act out, `LB0111`, `LB0203`, `LB0112`.
    pub async fn recover(&self) -> Result<Option<Recovery>, Error> {
        self.recover_pending(Duration::from_secs(5)).await
    }

    pub(crate) async fn recover_pending(&self, wait: Duration) -> Result<Option<Recovery>, Error> {
        if self.pending().await?.is_none() {
            return Ok(None);
        }
        let _guard = self.lock(wait).await?;
        self.recover_locked().await
    }

    /// As [`Self::recover`], by a caller that holds the workshop's lock.
    pub(crate) async fn recover_locked(&self) -> Result<Option<Recovery>, Error> {
        let Some(act) = self.pending().await? else { return Ok(None) };
        let recovery = match &act.way {
            Way::InPlace { cookie_before } | Way::Compared { cookie_before, .. } => {
                self.recover_in_place(&act, *cookie_before).await?
            }
            Way::Swap(_) => self.recover_swap(&act).await?,
            Way::Steps { head_before } => self.recover_steps(&act, *head_before).await?,
            // What the work did is not ours to know; undo goes back.
            Way::Marked => self.recover_marked(&act).await?,
            Way::Guarded => self.close(&act, InPlaceOutcome::ChangedSince).await?,
        };
        self.watch.events.emit(&Event::Recovered { outcome: recovery.outcome_word() });
        Ok(Some(recovery))
    }

    /// The engine has one of the two states as soon as it opens the file; the cookie tells which.
    async fn recover_in_place(&self, act: &Act, cookie_before: i64) -> Result<Recovery, Error> {
        let outcome = match self.ports.snapshotter.inspect(Counting::HeaderOnly).await {
            Ok(facts) => self.judge(act, cookie_before, &facts).await,
            // Damaged or gone since: the act is over, its safety point stays reachable through undo.
            Err(error) if is_lost(error.kind()) => InPlaceOutcome::ChangedSince,
            Err(error) => return Err(error).about(About::Database),
        };
        self.close(act, outcome).await
    }

    /// The ledger is written with the steps: it tells whether any of them stayed.
    async fn recover_steps(&self, act: &Act, head_before: u32) -> Result<Recovery, Error> {
        let outcome = match self.ports.migrator.read_ledger().await {
            Ok(ledger) if ledger.head() == head_before => InPlaceOutcome::Old,
            Ok(ledger) if ledger.head() > head_before => InPlaceOutcome::New,
            Ok(_) => InPlaceOutcome::ChangedSince,
            Err(error) if is_lost(error.kind()) => InPlaceOutcome::ChangedSince,
            Err(error) => return Err(error).about(About::Database),
        };
        self.close(act, outcome).await
    }

    /// The merge writes its id down in its own transaction.
    async fn recover_marked(&self, act: &Act) -> Result<Recovery, Error> {
        let outcome = match self.ports.replica.has_merged(&act.id.to_string()).await {
            Ok(true) => InPlaceOutcome::New,
            Ok(false) => InPlaceOutcome::Old,
            Err(error) if is_lost(error.kind()) => InPlaceOutcome::ChangedSince,
            Err(error) => return Err(error).about(About::Database),
        };
        self.close(act, outcome).await
    }

    pub(crate) async fn close(&self, act: &Act, outcome: InPlaceOutcome) -> Result<Recovery, Error> {
        match outcome {
            InPlaceOutcome::Old => self.ports.workshop.abandon().await.about(About::ActRecord)?,
            InPlaceOutcome::New | InPlaceOutcome::ChangedSince => {
                self.ports.workshop.finish(act).await.about(About::ActRecord)?;
            }
        }
        Ok(Recovery { act: act.clone(), outcome, set_aside: Vec::new() })
    }

    /// The cookie tells old from new. Any one change of the schema raises it as well, so new is said only where schema
    /// and counts are the point's; otherwise somebody has changed the database since.
    async fn judge(&self, act: &Act, cookie_before: i64, facts: &DatabaseFacts) -> InPlaceOutcome {
        let outcome = judge_in_place(cookie_before, facts.schema_cookie);
        if outcome != InPlaceOutcome::New {
            return outcome;
        }
        let points = self.list().await.map(|listing| listing.points()).unwrap_or_default();
        let counted = self.ports.snapshotter.inspect(Counting::Rows).await;
        match (points.iter().find(|point| Some(point.id) == act.point), counted) {
            (Some(point), Ok(live))
                if live.fingerprint == point.facts.fingerprint && live.tables == point.facts.tables =>
            {
                outcome
            }
            _ => InPlaceOutcome::ChangedSince,
        }
    }

    async fn recover_swap(&self, act: &Act) -> Result<Recovery, Error> {
        let done = self.ports.workshop.recover(act).await.about(About::ActRecord)?;
        let outcome = match done.outcome {
            swap::Recovery::NothingMoved | swap::Recovery::Back => InPlaceOutcome::Old,
            swap::Recovery::Forward | swap::Recovery::Aside => InPlaceOutcome::New,
        };
        for name in &done.set_aside {
            self.watch.events.emit(&Event::SetAside { name: name.clone() });
        }
        Ok(Recovery { act: act.clone(), outcome, set_aside: done.set_aside })
    }
}

const fn is_lost(kind: PortErrorKind) -> bool {
    matches!(kind, PortErrorKind::NotFound | PortErrorKind::NotADatabase | PortErrorKind::Damaged)
}
