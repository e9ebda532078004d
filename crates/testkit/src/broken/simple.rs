//! Broken clocks, sources, volumes and sinks.

use async_trait::async_trait;
use lifeboat_domain::event::Event;
use lifeboat_domain::time::UtcMillis;
use lifeboat_ports::{Clock, DiskSpace, Entropy, EventSink, PortError, Volume};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Takes its monotonic time from a wall clock that goes back.
#[derive(Debug)]
pub struct FallingClock(AtomicU64);

impl Default for FallingClock {
    fn default() -> Self {
        Self(AtomicU64::new(1_000_000))
    }
}

impl Clock for FallingClock {
    fn utc_now(&self) -> UtcMillis {
        UtcMillis(1_790_000_000_000)
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.0.fetch_sub(1, Ordering::Relaxed))
    }
}

/// Gives the same bytes every time.
#[derive(Debug, Default)]
pub struct StuckEntropy;

impl Entropy for StuckEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError> {
        bytes.fill(4);
        Ok(())
    }
}

/// Promises twice the room that there is.
#[derive(Debug, Default)]
pub struct DoublingDisk(pub super::super::memory::MemoryDiskSpace);

#[async_trait]
impl DiskSpace for DoublingDisk {
    async fn volume(&self, path: &Path) -> Result<Volume, PortError> {
        let mut volume = self.0.volume(path).await?;
        volume.space.free_bytes = volume.space.total_bytes * 2;
        Ok(volume)
    }
}

/// Divides by the total, which may be 0.
#[derive(Debug, Default)]
pub struct PanickingSink;

impl EventSink for PanickingSink {
    fn emit(&self, event: &Event) {
        if let Event::Progress { done_bytes, total_bytes, .. } = event {
            assert!(done_bytes / total_bytes < u64::MAX);
        }
    }
}

/// Passes the newest on first.
#[derive(Debug, Default)]
pub struct ReversingSink(Mutex<Vec<Event>>);

impl ReversingSink {
    /// What it passed on.
    #[must_use]
    pub fn seen(&self) -> Vec<Event> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl EventSink for ReversingSink {
    fn emit(&self, event: &Event) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(0, event.clone());
    }
}
