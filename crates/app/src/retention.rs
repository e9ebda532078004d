//! Forget (drop from the catalogue) and prune (free the bytes).

use crate::Lifeboat;
use crate::error::{About, Error};
use crate::handle::Explain;
use crate::points::find_in;
use lifeboat_domain::code::Code;
use lifeboat_domain::id::SnapshotId;
use lifeboat_domain::manifest::Manifest;
use lifeboat_domain::retention::{self, Decision, Listing, Policy, Reason};
use lifeboat_ports::VaultListing;
use std::collections::BTreeSet;
use std::time::Duration;

/// A point and what is decided of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The point.
    pub point: Manifest,
    /// Stays or goes, and why; `None` where it was named by hand.
    pub reason: Option<Reason>,
}

impl Planned {
    /// Does it go?
    #[must_use]
    pub fn goes(&self) -> bool {
        self.reason.is_none_or(|reason| !reason.keeps())
    }
}

/// What `forget` would do, or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForgetPlan {
    /// Every point that was looked at.
    pub points: Vec<Planned>,
}

/// What `prune` freed, or would free.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PruneReport {
    /// File names.
    pub names: Vec<String>,
    /// Bytes; 0 in a plan.
    pub bytes: u64,
}

const WAIT: Duration = Duration::from_secs(5);

impl Lifeboat {
    /// What `forget` would do: by name, or by the policy where no word is given. Writes nothing.
    ///
    /// # Errors
    /// As [`Self::find`]; `LB0701` where nothing may be dropped now, `LB0702` where a named point is protected.
    pub async fn plan_forget(&self, words: &[String], policy: &Policy) -> Result<ForgetPlan, Error> {
        let listing = self.list().await?;
        let needed = self.needed_by_undo(&listing.points()).await;
        self.plan_forget_on(&listing, words, (policy, &needed))
    }

    /// Takes points out of the catalogue. Their bytes stay until [`Self::prune`].
    ///
    /// # Errors
    /// As [`Self::plan_forget`], and `LB0108`, `LB0112`; points before the failing one are forgotten then.
    pub async fn forget(&self, words: &[String], policy: &Policy) -> Result<ForgetPlan, Error> {
        self.list().await?;
        let _guard = self.ports.vault.lock(WAIT, &self.watch).await.about(About::Lock)?;
        let plan = self.plan_forget(words, policy).await?;
        for planned in plan.points.iter().filter(|planned| planned.goes()) {
            self.ports.vault.forget(&planned.point).await.about(About::Vault)?;
        }
        Ok(plan)
    }

    /// What `prune` would free. Writes nothing.
    ///
    /// # Errors
    /// As [`Self::list`].
    pub async fn plan_prune(&self) -> Result<PruneReport, Error> {
        Ok(PruneReport { names: self.list().await?.forgotten, bytes: 0 })
    }

    /// Frees the bytes of forgotten points, and what killed backups left. Killed anywhere, a repetition finishes.
    ///
    /// # Errors
    /// As [`Self::list`], and `LB0108`.
    pub async fn prune(&self) -> Result<PruneReport, Error> {
        self.list().await?;
        let _guard = self.ports.vault.lock(WAIT, &self.watch).await.about(About::Lock)?;
        let swept = self.ports.vault.sweep().await.about(About::Vault)?;
        let pruned = self.ports.vault.prune().await.about(About::Vault)?;
        let names = [swept.names, pruned.names].concat();
        Ok(PruneReport { names, bytes: swept.bytes + pruned.bytes })
    }

    /// What an undo, or the recovery of an interrupted act, goes back to. Where a record cannot be read it may be any
    /// point that was taken before an act: then all of them stay.
    async fn needed_by_undo(&self, points: &[Manifest]) -> BTreeSet<SnapshotId> {
        let workshop = &self.ports.workshop;
        let (Ok(last), Ok(pending)) = (workshop.last().await, workshop.pending().await) else {
            let taken_before = |p: &&Manifest| p.kind.is_before_an_act();
            return points.iter().filter(taken_before).map(|point| point.id).collect();
        };
        [last, pending].into_iter().flatten().filter_map(|act| act.safety).collect()
    }

    fn plan_forget_on(
        &self,
        listing: &VaultListing,
        words: &[String],
        (policy, needed): (&Policy, &BTreeSet<SnapshotId>),
    ) -> Result<ForgetPlan, Error> {
        let points = listing.points();
        if words.is_empty() {
            let state = if listing.is_complete() { Listing::Complete } else { Listing::Incomplete };
            let decisions = retention::plan(&points, state, (policy, needed), self.ports.clock.utc_now())
                .map_err(|refusal| {
                    let next = "mend or move what is damaged: `lifeboat verify --all`";
                    Error::new(Code::RetentionRefused, refusal.to_string(), next)
                })?;
            return Ok(ForgetPlan { points: by_policy(points, &decisions) });
        }
        let mut named = Vec::new();
        for word in words {
            let point = find_in(listing, word)?;
            named.retain(|planned: &Planned| planned.point.id != point.id);
            named.push(Planned { point, reason: None });
        }
        refuse_protected(&points, &named, needed)?;
        Ok(ForgetPlan { points: named })
    }
}

/// The plan decides for every point in the catalogue's order.
fn by_policy(points: Vec<Manifest>, decisions: &[Decision]) -> Vec<Planned> {
    let pairs = points.into_iter().zip(decisions);
    pairs.map(|(point, decision)| Planned { point, reason: Some(decision.reason) }).collect()
}

fn refuse_protected(
    points: &[Manifest],
    named: &[Planned],
    needed: &BTreeSet<SnapshotId>,
) -> Result<(), Error> {
    if let Some(planned) = named.iter().find(|planned| needed.contains(&planned.point.id)) {
        let cause = format!("`lifeboat undo` goes back to restore point {}", planned.point.id.short());
        return Err(Error::new(Code::PointProtected, cause, "it can go after the next restore or migration"));
    }
    let gone = |point: &&Manifest| named.iter().any(|planned| planned.point.id == point.id);
    let left: Vec<Manifest> = points.iter().filter(|point| !gone(point)).cloned().collect();
    let best = |points: &[Manifest]| points.iter().filter(|p| !p.suspect).map(|p| p.trust.level).max();
    let newest = lifeboat_domain::catalogue::is_offered;
    let newest_goes = points.iter().rev().find(|p| newest(p)).is_some_and(|p| gone(&p));
    if !newest_goes && best(&left) >= best(points) {
        return Ok(());
    }
    let what = if newest_goes { "the newest verified restore point" } else { "the only point at its trust" };
    let cause = format!("{what} is protected");
    Err(Error::new(Code::PointProtected, cause, "take a newer one first: `lifeboat backup`"))
}
