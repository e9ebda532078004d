//! A tracker with one defect.

use crate::memory::MemoryTracker;
use async_trait::async_trait;
use lifeboat_domain::merge::{Rules, TableShape};
use lifeboat_domain::tracking::{Tracking, TrackingFault};
use lifeboat_ports::{PortError, TrackOrder, Tracked, Tracker};
use std::time::Duration;

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackerDefect {
    /// A look leaves a trace.
    WritesWhileLooking,
    /// Rows that were there before get lines.
    WritesDownWhatWasThere,
    /// Tracking that has begun begins again.
    BeginsAgain,
    /// Changes leave no line.
    OverlooksUpdates,
    /// Deletions leave no line.
    OverlooksDeletions,
    /// What was taken back leaves a line.
    CountsWhatWasTakenBack,
    /// Tracking begins as it is, whatever was asked for.
    BeginsNow,
    /// What another copy has alone passes for deleted here.
    TakesAbsenceForDeletion,
    /// Triggers that are gone pass for there.
    BlindToLostTriggers,
    /// A table of the application's is taken for its own.
    TracksOverATakenName,
    /// Untracking is half done.
    LeavesThingsBehind,
    /// What is not tracked passes an audit.
    AuditsNothing,
}

/// The reference with a defect.
#[derive(Debug, Clone)]
pub struct BrokenTracker(MemoryTracker);

impl BrokenTracker {
    /// Breaks a reference.
    #[must_use]
    pub fn new(inner: MemoryTracker, defect: TrackerDefect) -> (Self, MemoryTracker) {
        let broken = inner.with(defect);
        (Self(broken.clone()), broken)
    }
}

#[async_trait]
impl Tracker for BrokenTracker {
    async fn survey(&self) -> Result<Vec<TableShape>, PortError> {
        self.0.survey().await
    }

    async fn tracking(&self) -> Result<Option<Tracking>, PortError> {
        self.0.tracking().await
    }

    async fn track(&self, order: TrackOrder) -> Result<Tracked, PortError> {
        self.0.track(order).await
    }

    async fn audit(&self, rules: &Rules) -> Result<Vec<TrackingFault>, PortError> {
        self.0.audit(rules).await
    }

    async fn untrack(&self, wait: Duration) -> Result<Option<Tracking>, PortError> {
        self.0.untrack(wait).await
    }
}
