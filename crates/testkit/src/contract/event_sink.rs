//! The contract of `EventSink`.

use super::clauses;
use lifeboat_domain::event::{Event, Phase};
use lifeboat_ports::EventSink;

/// A sink to feed.
pub trait EventSinkFixture {
    /// The sink.
    fn sink(&self) -> &dyn EventSink;
    /// What it passed on, where it can tell.
    fn seen(&self) -> Option<Vec<Event>>;
}

clauses! { dyn EventSinkFixture: any_order_is_taken, concurrent_callers_are_allowed, nothing_but_progress_is_dropped, order_is_kept, }

fn script() -> Vec<Event> {
    let phase = Phase::Capture;
    vec![
        Event::Progress { phase, done_bytes: 1, total_bytes: 0 },
        Event::PhaseEnded { phase },
        Event::PhaseStarted { phase, total_bytes: u64::MAX },
        Event::PhaseStarted { phase, total_bytes: 0 },
        Event::Progress { phase: Phase::Proof, done_bytes: u64::MAX, total_bytes: 1 },
        Event::WalGrew { bytes: 5 },
        Event::Recovered { outcome: "old" },
        Event::PhaseEnded { phase },
        Event::Waiting { left_ms: 0 },
    ]
}

async fn any_order_is_taken(f: &dyn EventSinkFixture) {
    script().iter().chain(script().iter().rev()).for_each(|event| f.sink().emit(event));
}

async fn concurrent_callers_are_allowed(f: &dyn EventSinkFixture) {
    std::thread::scope(|scope| {
        for _ in 0..2 {
            let sink = f.sink();
            scope.spawn(move || (0..200).for_each(|_| script().iter().for_each(|event| sink.emit(event))));
        }
    });
}

fn without_progress(events: Vec<Event>) -> Vec<Event> {
    events.into_iter().filter(|event| !matches!(event, Event::Progress { .. })).collect()
}

async fn nothing_but_progress_is_dropped(f: &dyn EventSinkFixture) {
    script().iter().for_each(|event| f.sink().emit(event));
    if let Some(seen) = f.seen() {
        assert_eq!(without_progress(seen).len(), without_progress(script()).len());
    }
}

async fn order_is_kept(f: &dyn EventSinkFixture) {
    script().iter().for_each(|event| f.sink().emit(event));
    if let Some(seen) = f.seen() {
        assert_eq!(without_progress(seen), without_progress(script()));
    }
}
