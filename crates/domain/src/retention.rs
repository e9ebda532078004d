//! Which points to keep: a pure function from points, policy and time to one decision per point.
//! It never drops the newest verified point nor the only one at the highest trust, whatever the input.

use crate::catalogue::is_offered;
use crate::id::SnapshotId;
use crate::kind::PointKind;
use crate::manifest::Manifest;
use crate::time::{DAY_MS, HOUR_MS, UtcMillis};
use std::collections::{BTreeMap, BTreeSet};

/// Rules for the points of one kind. All zero and `None` means: keep everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeepRules {
    /// Keep the newest so many.
    pub last: u32,
    /// Keep the newest of each hour, for so many hours that have one.
    pub hourly: u32,
    /// Keep the newest of each day, for so many days that have one.
    pub daily: u32,
    /// Keep the newest of each week, for so many weeks that have one.
    pub weekly: u32,
    /// Keep the newest of each month of 30 days, for so many that have one.
    pub monthly: u32,
    /// Drop what is older, in days; pre-migration points are exempt.
    pub age_days_max: Option<u32>,
    /// Drop the oldest beyond so many.
    pub count_max: Option<u32>,
}

impl KeepRules {
    fn has_buckets(&self) -> bool {
        self.last + self.hourly + self.daily + self.weekly + self.monthly > 0
    }
}

/// Rules per kind and one budget for the whole vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Rules; a kind that is absent keeps everything.
    pub rules: BTreeMap<PointKind, KeepRules>,
    /// Budget for all points together, in bytes. It never overrides a protection.
    pub total_bytes_max: Option<u64>,
}

impl Default for Policy {
    /// Scheduled and pre-update keep 5, pre-restore and pre-merge 10; what a person asked for and what
    /// stands before a migration or a move is kept until it is forgotten by name.
    fn default() -> Self {
        let last = |last| KeepRules { last, ..KeepRules::default() };
        let rules = [
            (PointKind::Scheduled, last(5)),
            (PointKind::PreUpdate, last(5)),
            (PointKind::PreRestore, last(10)),
            (PointKind::PreMerge, last(10)),
        ];
        Self { rules: rules.into(), total_bytes_max: None }
    }
}

/// What the catalogue's reader says about the list of points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// Every entry of the vault was read.
    Complete,
    /// Something could not be read or is damaged: nothing may be dropped on such a list.
    Incomplete,
}

/// Why nothing is dropped at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The list is not the whole vault.
    #[error("the vault could not be listed completely")]
    IncompleteListing,
    /// The newest capture is suspect: the older points may be the only good ones.
    #[error("the newest restore point is suspect")]
    NewestIsSuspect,
}

/// Why a point stays or goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Stays: the newest verified point.
    NewestVerified,
    /// Stays: no other point has been proven as far.
    OnlyAtHighestTrust,
    /// Stays: an undo goes back to it.
    NeededByUndo,
    /// Stays: its kind has no rules.
    NoRules,
    /// Stays: among the newest of its kind.
    Last,
    /// Stays: the newest of its hour.
    Hourly,
    /// Stays: the newest of its day.
    Daily,
    /// Stays: the newest of its week.
    Weekly,
    /// Stays: the newest of its month.
    Monthly,
    /// Stays: within age and count, and there are no other rules.
    WithinLimits,
    /// Goes: no rule keeps it.
    NotKept,
    /// Goes: older than the limit.
    TooOld,
    /// Goes: beyond the number.
    TooMany,
    /// Goes: the vault is over its budget.
    OverBudget,
}

impl Reason {
    /// Does a point with this reason stay?
    #[must_use]
    pub const fn keeps(self) -> bool {
        !matches!(self, Self::NotKept | Self::TooOld | Self::TooMany | Self::OverBudget)
    }

    /// The reason in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NewestVerified => "newest verified",
            Self::OnlyAtHighestTrust => "only one at the highest trust",
            Self::NeededByUndo => "undo goes back to it",
            Self::NoRules => "no rule for this kind",
            Self::Last => "among the last",
            Self::Hourly => "newest of its hour",
            Self::Daily => "newest of its day",
            Self::Weekly => "newest of its week",
            Self::Monthly => "newest of its month",
            Self::WithinLimits => "within age and count",
            Self::NotKept => "no rule keeps it",
            Self::TooOld => "older than the limit",
            Self::TooMany => "more than the limit",
            Self::OverBudget => "vault over its budget",
        }
    }
}

/// One decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The point.
    pub id: SnapshotId,
    /// Stays or goes, and why.
    pub reason: Reason,
}

/// Decides for every point, oldest first. The result does not depend on the order of `points`. What is `needed` stays
/// whatever the rules say.
///
/// # Errors
/// [`Refusal`] where nothing may be dropped.
pub fn plan(
    points: &[Manifest],
    listing: Listing,
    (policy, needed): (&Policy, &BTreeSet<SnapshotId>),
    now: UtcMillis,
) -> Result<Vec<Decision>, Refusal> {
    if listing == Listing::Incomplete {
        return Err(Refusal::IncompleteListing);
    }
    let mut sorted: Vec<&Manifest> = points.iter().collect();
    sorted.sort_by_key(|p| (p.sequence, p.id));
    if sorted.last().is_some_and(|newest| newest.suspect) {
        return Err(Refusal::NewestIsSuspect);
    }
    let mut reasons: BTreeMap<SnapshotId, Reason> = BTreeMap::new();
    for kind in PointKind::ALL {
        let newest_first: Vec<_> = sorted.iter().rev().copied().filter(|p| p.kind == kind).collect();
        decide_kind(&newest_first, policy.rules.get(&kind), now, &mut reasons);
    }
    for id in needed.iter().filter(|id| sorted.iter().any(|point| point.id == **id)) {
        reasons.insert(*id, Reason::NeededByUndo);
    }
    protect(&sorted, &mut reasons);
    if let Some(budget) = policy.total_bytes_max {
        keep_budget(&sorted, budget, &mut reasons);
    }
    Ok(sorted.iter().map(|p| Decision { id: p.id, reason: reasons[&p.id] }).collect())
}

fn decide_kind(
    newest_first: &[&Manifest],
    rules: Option<&KeepRules>,
    now: UtcMillis,
    reasons: &mut BTreeMap<SnapshotId, Reason>,
) {
    let Some(rules) = rules.filter(|r| **r != KeepRules::default()) else {
        reasons.extend(newest_first.iter().map(|p| (p.id, Reason::NoRules)));
        return;
    };
    let buckets = bucket_reasons(newest_first, rules);
    let mut kept = 0;
    for point in newest_first {
        let too_old = point.kind != PointKind::PreMigration
            && rules.age_days_max.is_some_and(|days| now.since(point.created) > i64::from(days) * DAY_MS);
        let reason = match buckets.get(&point.id) {
            _ if too_old => Reason::TooOld,
            None if rules.has_buckets() => Reason::NotKept,
            _ if rules.count_max.is_some_and(|max| kept >= max) => Reason::TooMany,
            Some(reason) => *reason,
            None => Reason::WithinLimits,
        };
        kept += u32::from(reason.keeps());
        reasons.insert(point.id, reason);
    }
}

fn bucket_reasons(newest_first: &[&Manifest], rules: &KeepRules) -> BTreeMap<SnapshotId, Reason> {
    let mut reasons = BTreeMap::new();
    for point in newest_first.iter().take(rules.last as usize) {
        reasons.insert(point.id, Reason::Last);
    }
    let spans = [
        (rules.hourly, HOUR_MS, Reason::Hourly),
        (rules.daily, DAY_MS, Reason::Daily),
        (rules.weekly, 7 * DAY_MS, Reason::Weekly),
        (rules.monthly, 30 * DAY_MS, Reason::Monthly),
    ];
    for (count, span_ms, reason) in spans {
        let mut seen = BTreeSet::new();
        for point in newest_first {
            if seen.len() >= count as usize {
                break;
            }
            if seen.insert(point.created.0.div_euclid(span_ms)) {
                reasons.entry(point.id).or_insert(reason);
            }
        }
    }
    reasons
}

/// Overrides every rule: the newest verified point and the only one at the highest trust stay.
fn protect(sorted: &[&Manifest], reasons: &mut BTreeMap<SnapshotId, Reason>) {
    let sound = || sorted.iter().rev().filter(|p| !p.suspect);
    if let Some(top) = sound().map(|p| p.trust.level).max() {
        let kept_at_top = sound().filter(|p| p.trust.level == top).any(|p| reasons[&p.id].keeps());
        let newest_at_top = sound().find(|p| p.trust.level == top);
        if let (false, Some(point)) = (kept_at_top, newest_at_top) {
            reasons.insert(point.id, Reason::OnlyAtHighestTrust);
        }
    }
    if let Some(point) = sorted.iter().rev().find(|p| is_offered(p)) {
        reasons.insert(point.id, Reason::NewestVerified);
    }
}

/// Drops the oldest kept points until the rest fits, passing over what is protected.
fn keep_budget(sorted: &[&Manifest], budget: u64, reasons: &mut BTreeMap<SnapshotId, Reason>) {
    let top = sorted.iter().filter(|p| !p.suspect).map(|p| p.trust.level).max();
    let mut total: u64 = sorted.iter().filter(|p| reasons[&p.id].keeps()).map(|p| p.size_bytes).sum();
    for point in sorted {
        if total <= budget {
            return;
        }
        let reason = reasons[&point.id];
        let at_top = |p: &Manifest| Some(p.trust.level) == top && !p.suspect;
        let others_at_top =
            sorted.iter().filter(|p| p.id != point.id && at_top(p) && reasons[&p.id].keeps()).count();
        let last_at_top = at_top(point) && others_at_top == 0;
        let protected = matches!(reason, Reason::NewestVerified | Reason::NeededByUndo);
        if reason.keeps() && !protected && !last_at_top {
            reasons.insert(point.id, Reason::OverBudget);
            total -= point.size_bytes;
        }
    }
}
