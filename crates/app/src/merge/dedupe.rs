//! Rows of this database that are the same thing become one: a merge with a copy of itself, in which all that share a natural
//! key claim it.

use super::apart::{Bench, Comparison, digest};
use super::refusal::unlike;
use super::{Compared, MergeOutcome, MergeRequest, Staged};
use crate::Lifeboat;
use crate::error::{About, Error};
use crate::handle::Explain;
use lifeboat_domain::id::ReplicaId;
use lifeboat_domain::merge::TableDraft;
use lifeboat_domain::tracking::Genesis;
use lifeboat_ports::{Beginning, Check, Duplicates, FutureClock, TrackOrder};
use std::time::Duration;

/// What is to be united.
#[derive(Debug, Clone)]
pub struct DedupeRequest {
    /// The rules: tables with a natural key are looked at.
    pub drafts: Vec<TableDraft>,
    /// What has to hold afterwards besides keys and references.
    pub checks: Vec<Check>,
    /// Longest wait for a lock of another process.
    pub wait: Duration,
}

impl Lifeboat {
    /// Which rows would become one: carried out on a copy. Nothing is changed.
    ///
    /// # Errors
    /// As [`Self::dedupe`].
    pub async fn plan_dedupe(&self, request: &DedupeRequest) -> Result<MergeOutcome, Error> {
        self.plan_merge(&self.with_itself(request)).await
    }

    /// Unites rows of this database that share a natural key: the eldest's key stays, what refers to the others refers to it, and
    /// other copies learn of it with the next merge. A verified restore point is taken first.
    ///
    /// # Errors
    /// `LB1001`, `LB1009`, `LB0101` to `LB0106`, `LB0108`, `LB0109`, `LB0203`; nothing was changed.
    pub async fn dedupe(&self, request: &DedupeRequest) -> Result<MergeOutcome, Error> {
        self.merge(&self.with_itself(request)).await
    }

    fn with_itself(&self, request: &DedupeRequest) -> MergeRequest {
        MergeRequest {
            other: self.places.database.clone(),
            base: None,
            duplicates: Duplicates::Unite,
            drafts: request.drafts.clone(),
            checks: request.checks.clone(),
            migrations: None,
            clock: FutureClock::Believe,
            wait: request.wait,
        }
    }

    /// A private copy of this database, to be merged with.
    pub(super) async fn stage_itself(&self, request: &MergeRequest) -> Result<Staged, Error> {
        let (rules, mended) = self.audited_rules(request).await?;
        let name = format!("other-{}.db", self.draw_id(self.ports.clock.utc_now())?);
        let copy = self.ports.workshop.scratch(&name).await.about(About::Target)?;
        let staged = async {
            self.copy_to(&copy, request.wait).await?;
            let order = self.mending(&rules, request.wait);
            self.sibling(&copy)?.ports.tracker.track(order).await.map_err(unlike)
        };
        if let Err(error) = staged.await {
            self.ports.workshop.clear_scratch(&copy).await.about(About::Target)?;
            return Err(error);
        }
        Ok(Staged { rules, copy, mended })
    }

    /// The same where nothing is tracked: on a copy that is, for as long as it takes. Leaves the result in `bench.ours`.
    pub(super) async fn compare_with_itself(
        &self,
        request: &MergeRequest,
        bench: &Bench,
    ) -> Result<Comparison, Error> {
        let apart = self.settle_rules(&request.drafts).await?.without_journals();
        self.copy_to(&bench.ours, request.wait).await?;
        let other = digest(&bench.ours)?;
        let ours = self.sibling(&bench.ours)?;
        let (rules, genesis, replica) =
            (apart.rules.clone(), Genesis([1; 16]), ReplicaId::from_bytes([1; 16]));
        let order = TrackOrder { rules, genesis, replica, beginning: Beginning::Now, wait: request.wait };
        ours.ports.tracker.track(order).await.map_err(unlike)?;
        ours.copy_to(&bench.theirs, request.wait).await?;
        let report = self.merge_copies(request, &apart, bench, None).await?;
        ours.ports.tracker.untrack(request.wait).await.map_err(unlike)?;
        Ok(Comparison { report, compared: Compared::Beside, other, left: Vec::new() })
    }
}
