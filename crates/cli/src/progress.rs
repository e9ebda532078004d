//! A progress bar that listens to events and vanishes without a terminal.

use crate::render;
use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};
use lifeboat::EventSink;
use lifeboat::domain::event::{Event, Phase};
use std::sync::Mutex;
use std::sync::PoisonError;

/// Work below this many bytes is over before a bar could be read.
const SHOWN_FROM_BYTES: u64 = 16 * 1024 * 1024;

/// Whether steps are announced, terminal or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speech {
    /// A line for each, on standard error.
    Lines,
    /// None: with `--quiet` or `--json`.
    Silent,
}

/// Draws one bar a phase on standard error, or nothing.
pub(crate) struct Bar {
    visible: bool,
    speech: Speech,
    current: Mutex<Option<(Phase, ProgressBar)>>,
}

impl Bar {
    pub(crate) fn new(visible: bool, speech: Speech) -> Self {
        Self { visible, speech, current: Mutex::new(None) }
    }

    fn start(&self, phase: Phase, total_bytes: u64) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.visible || total_bytes < SHOWN_FROM_BYTES || current.is_some() {
            return;
        }
        let style = ProgressStyle::with_template(
            "{prefix:>9} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {eta}",
        );
        let bar = ProgressBar::with_draw_target(Some(total_bytes), ProgressDrawTarget::stderr());
        bar.set_style(style.expect("because the template is a constant that a test draws"));
        bar.set_prefix(phase.as_str());
        *current = Some((phase, bar));
    }

    fn with(&self, phase: Phase, act: impl FnOnce(&ProgressBar)) {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, bar)) = current.as_ref()
            && *of == phase
        {
            act(bar);
        }
    }

    fn end(&self, phase: Phase) {
        self.with(phase, ProgressBar::finish_and_clear);
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_some_and(|(of, _)| *of == phase) {
            *current = None;
        }
    }
}

impl EventSink for Bar {
    fn emit(&self, event: &Event) {
        if !matches!(event, Event::Progress { .. }) {
            tracing::debug!(?event);
        }
        match event {
            Event::PhaseStarted { phase, total_bytes } => self.start(*phase, *total_bytes),
            Event::Progress { phase, done_bytes, .. } => {
                self.with(*phase, |bar| bar.set_position(*done_bytes));
            }
            Event::PhaseEnded { phase } => self.end(*phase),
            Event::StepStarted { step } if self.speech == Speech::Lines => {
                render::note(&format!("running migration {step}"));
            }
            Event::WalGrew { bytes } => {
                tracing::info!("the write-ahead log grew by {} meanwhile", HumanBytes(*bytes));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lifeboat_testkit::contract::event_sink::EventSinkFixture;
    use lifeboat_testkit::event_sink_contract;

    impl EventSinkFixture for Bar {
        fn sink(&self) -> &dyn EventSink {
            self
        }

        fn seen(&self) -> Option<Vec<Event>> {
            None
        }
    }

    event_sink_contract!(a_bar_holds_the_contract, Bar::new(true, Speech::Silent));

    #[test]
    fn a_bar_lives_for_its_phase() {
        let bar = Bar::new(true, Speech::Silent);
        let phase = Phase::Capture;
        bar.emit(&Event::PhaseStarted { phase, total_bytes: SHOWN_FROM_BYTES });
        bar.emit(&Event::Progress { phase, done_bytes: 5, total_bytes: SHOWN_FROM_BYTES });
        assert!(bar.current.lock().unwrap().is_some());
        bar.emit(&Event::PhaseEnded { phase });
        assert!(bar.current.lock().unwrap().is_none());
    }
}
