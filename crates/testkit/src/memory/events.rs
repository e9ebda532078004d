//! Keeps every event.

use lifeboat_domain::event::Event;
use lifeboat_ports::EventSink;
use std::sync::{Mutex, PoisonError};

/// Records events in the order in which they came.
#[derive(Debug, Default)]
pub struct RecordedEvents(Mutex<Vec<Event>>);

impl RecordedEvents {
    /// What came so far.
    #[must_use]
    pub fn seen(&self) -> Vec<Event> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl EventSink for RecordedEvents {
    fn emit(&self, event: &Event) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event.clone());
    }
}
