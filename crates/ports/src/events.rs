//! Where events go.

use crate::CancelToken;
use lifeboat_domain::event::Event;
use std::sync::Arc;

/// Takes events: a progress bar, a log, a metric, a UI.
///
/// # Contract
/// - `emit` MUST NOT block longer than a memory write would, and MUST NOT panic: it is called from inside
///   long operations and from their failure paths.
/// - Events of one operation arrive in the order in which they happened; `Progress` only rises within a phase.
/// - A sink that cannot keep up MAY drop `Progress`, and MUST NOT drop anything else.
/// - Concurrent callers are allowed.
pub trait EventSink: Send + Sync {
    /// Takes one event.
    fn emit(&self, event: &Event);
}

/// Listens to nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoEvents;

impl EventSink for NoEvents {
    fn emit(&self, _event: &Event) {}
}

/// What accompanies a long operation: somebody who listens and somebody who may cancel.
#[derive(Clone)]
pub struct Watch {
    /// Takes the events.
    pub events: Arc<dyn EventSink>,
    /// Asks to stop.
    pub cancel: CancelToken,
}

impl Watch {
    /// Nobody listens, nobody cancels.
    #[must_use]
    pub fn silent() -> Self {
        Self { events: Arc::new(NoEvents), cancel: CancelToken::default() }
    }

    /// The same listener with a cancel token that nobody holds: for what must not be stopped halfway.
    #[must_use]
    pub fn uncancellable(&self) -> Self {
        Self { events: Arc::clone(&self.events), cancel: CancelToken::default() }
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("cancel", &self.cancel).finish_non_exhaustive()
    }
}
