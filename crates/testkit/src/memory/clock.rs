//! A clock that tests turn.

use lifeboat_domain::time::UtcMillis;
use lifeboat_ports::Clock;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

/// Wall time and monotonic time that move only when told. Clones share them.
#[derive(Debug, Clone)]
pub struct MemoryClock {
    utc_ms: Arc<AtomicI64>,
    monotonic_ms: Arc<AtomicU64>,
}

impl Default for MemoryClock {
    fn default() -> Self {
        Self { utc_ms: Arc::new(AtomicI64::new(1_790_000_000_000)), monotonic_ms: Arc::default() }
    }
}

impl MemoryClock {
    /// Time passes: both clocks move.
    pub fn advance(&self, by: Duration) {
        let ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.monotonic_ms.fetch_add(ms, Ordering::Relaxed);
        self.utc_ms.fetch_add(i64::try_from(ms).unwrap_or(i64::MAX), Ordering::Relaxed);
    }

    /// Somebody sets the wall clock, back included; the monotonic one does not move.
    pub fn set(&self, utc: UtcMillis) {
        self.utc_ms.store(utc.0, Ordering::Relaxed);
    }
}

impl Clock for MemoryClock {
    fn utc_now(&self) -> UtcMillis {
        UtcMillis(self.utc_ms.load(Ordering::Relaxed))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.monotonic_ms.load(Ordering::Relaxed))
    }
}
