//! The reference tracker: one table of numbered rows in memory, and a journal of what its clients do.

use crate::broken::TrackerDefect;
use async_trait::async_trait;
use lifeboat_domain::id::{FieldName, TableName};
use lifeboat_domain::merge::{FieldShape, KeyShape, Rules, TableShape};
use lifeboat_domain::tracking::{Tracking, TrackingFault};
use lifeboat_ports::{Absence, Beginning, Earlier, PortError, PortErrorKind, TrackOrder, Tracked, Tracker};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

const TABLE: &str = "numbered";

#[derive(Debug, Default)]
struct State {
    rows: BTreeSet<u64>,
    changes: u64,
    tracking: Option<Tracking>,
    has_triggers: bool,
    name_is_taken: bool,
    looks: u64,
    left_behind: bool,
    files: Vec<BTreeSet<u64>>,
}

/// Tracks one table in memory.
#[derive(Debug, Clone, Default)]
pub struct MemoryTracker {
    state: Arc<Mutex<State>>,
    defect: Option<TrackerDefect>,
}

impl MemoryTracker {
    /// Of a table with these rows.
    #[must_use]
    pub fn new(rows: impl IntoIterator<Item = u64>) -> Self {
        let tracker = Self::default();
        tracker.lock().rows = rows.into_iter().collect();
        tracker
    }

    /// For [`crate::broken::BrokenTracker`].
    pub(crate) fn with(self, defect: TrackerDefect) -> Self {
        Self { defect: Some(defect), ..self }
    }

    fn is(&self, defect: TrackerDefect) -> bool {
        self.defect == Some(defect)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("because no holder panics")
    }

    fn write_down(&self, lines: u64) {
        let mut state = self.lock();
        if state.has_triggers
            && let Some(tracking) = &mut state.tracking
        {
            tracking.writes += lines;
        }
    }

    /// A client adds a row.
    pub fn insert(&self, row: u64) {
        self.lock().rows.insert(row);
        self.write_down(1);
    }

    /// A client changes a row.
    pub fn change(&self, _row: u64) {
        self.lock().changes += 1;
        self.write_down(u64::from(!self.is(TrackerDefect::OverlooksUpdates)));
    }

    /// A client takes a row away.
    pub fn delete(&self, row: u64) {
        self.lock().rows.remove(&row);
        self.write_down(u64::from(!self.is(TrackerDefect::OverlooksDeletions)));
    }

    /// A client thinks again.
    pub fn insert_and_roll_back(&self, _row: u64) {
        self.write_down(u64::from(self.is(TrackerDefect::CountsWhatWasTakenBack)));
    }

    /// The triggers are gone.
    pub fn lose_triggers(&self) {
        self.lock().has_triggers = false;
    }

    /// A name that tracking needs is taken.
    pub fn take_a_name(&self) {
        self.lock().name_is_taken = true;
    }

    /// A file with these rows.
    #[must_use]
    pub fn file_with(&self, rows: &[u64]) -> PathBuf {
        let mut state = self.lock();
        state.files.push(rows.iter().copied().collect());
        PathBuf::from(format!("{}", state.files.len() - 1))
    }

    /// What differs from another state, as lines.
    fn lines_since(&self, earlier: &Earlier) -> u64 {
        let state = self.lock();
        let number: Option<usize> = earlier.file.to_str().and_then(|name| name.parse().ok());
        let Some(then) = number.and_then(|number| state.files.get(number)) else { return 0 };
        let made = state.rows.difference(then).count();
        let counts = earlier.absence == Absence::Deleted || self.is(TrackerDefect::TakesAbsenceForDeletion);
        let gone = if counts { then.difference(&state.rows).count() } else { 0 };
        (made + gone) as u64
    }

    /// The rows.
    #[must_use]
    pub fn rows(&self) -> BTreeSet<u64> {
        self.lock().rows.clone()
    }

    /// All that there is, but changes that stay without a trace.
    #[must_use]
    pub fn imprint(&self) -> String {
        let state = self.lock();
        format!("{:?} {:?} {} {}", state.rows, state.tracking, state.looks, state.left_behind)
    }

    fn faults(&self) -> Vec<TrackingFault> {
        let gone = !self.lock().has_triggers && !self.is(TrackerDefect::BlindToLostTriggers);
        gone.then(|| TrackingFault::TriggersGone(TableName::new(TABLE))).into_iter().collect()
    }
}

#[async_trait]
impl Tracker for MemoryTracker {
    async fn survey(&self) -> Result<Vec<TableShape>, PortError> {
        self.lock().looks += u64::from(self.is(TrackerDefect::WritesWhileLooking));
        let field = FieldShape { name: FieldName::new("id"), declared: "INTEGER".to_owned(), not_null: true };
        Ok(vec![TableShape {
            name: TableName::new(TABLE),
            fields: vec![field],
            key: KeyShape::Counted(0),
            unique: Vec::new(),
            opaque: Vec::new(),
            references: Vec::new(),
        }])
    }

    async fn tracking(&self) -> Result<Option<Tracking>, PortError> {
        Ok(self.lock().tracking.clone())
    }

    async fn track(&self, order: TrackOrder) -> Result<Tracked, PortError> {
        if self.lock().name_is_taken && !self.is(TrackerDefect::TracksOverATakenName) {
            return Err(PortError::new(PortErrorKind::AlreadyExists, "track", TABLE));
        }
        let began = self.lock().tracking.is_none() || self.is(TrackerDefect::BeginsAgain);
        let mended = if began { Vec::new() } else { self.faults() };
        let since = match &order.beginning {
            Beginning::Earlier(earlier) if !self.is(TrackerDefect::BeginsNow) => self.lines_since(earlier),
            Beginning::Earlier(_) | Beginning::Now => 0,
        };
        let mut state = self.lock();
        if began {
            let tables = vec![TableName::new(TABLE)];
            let (genesis, replica) = (order.genesis, order.replica);
            let writes = if self.is(TrackerDefect::WritesDownWhatWasThere) { 3 } else { since };
            state.tracking = Some(Tracking { genesis, replica, writes, tables });
        }
        let rewritten = if mended.is_empty() { 0 } else { state.rows.len() as u64 };
        state.has_triggers = true;
        let tracking = state.tracking.as_mut().expect("because it was just written");
        tracking.writes += rewritten;
        Ok(Tracked { tracking: tracking.clone(), began, mended, rewritten })
    }

    async fn audit(&self, _rules: &Rules) -> Result<Vec<TrackingFault>, PortError> {
        if self.lock().tracking.is_none() && !self.is(TrackerDefect::AuditsNothing) {
            return Err(PortError::new(PortErrorKind::NotFound, "audit", TABLE));
        }
        Ok(self.faults())
    }

    async fn untrack(&self, _wait: Duration) -> Result<Option<Tracking>, PortError> {
        let mut state = self.lock();
        state.left_behind = self.is(TrackerDefect::LeavesThingsBehind);
        state.has_triggers = false;
        Ok(state.tracking.take())
    }
}
