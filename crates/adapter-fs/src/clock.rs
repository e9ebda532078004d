//! The system's clock.

use lifeboat_domain::time::UtcMillis;
use lifeboat_ports::Clock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Wall time and monotonic time of this machine.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    zero: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { zero: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn utc_now(&self) -> UtcMillis {
        let now = SystemTime::now();
        let millis = |d: Duration| i64::try_from(d.as_millis()).unwrap_or(i64::MAX);
        match now.duration_since(UNIX_EPOCH) {
            Ok(after) => UtcMillis(millis(after)),
            Err(before) => UtcMillis(-millis(before.duration())),
        }
    }

    fn monotonic(&self) -> Duration {
        self.zero.elapsed()
    }
}
