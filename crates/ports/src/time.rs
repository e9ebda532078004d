//! The clock.

use lifeboat_domain::time::UtcMillis;
use std::time::Duration;

/// Tells the time.
///
/// # Contract
/// - `utc_now` is wall time: it may go back, jump and repeat. Nothing may be ordered by it.
/// - `monotonic` never falls between two calls in one process; its zero is arbitrary.
/// - Neither blocks. Concurrent callers are allowed.
pub trait Clock: Send + Sync {
    /// Wall time in UTC.
    fn utc_now(&self) -> UtcMillis;

    /// Time since an arbitrary moment, for deadlines and schedules.
    fn monotonic(&self) -> Duration;
}
