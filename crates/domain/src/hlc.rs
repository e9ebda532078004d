//! Hybrid logical clock: order of writes that never goes back, whatever the wall clock does. It reads no clock.

use crate::time::UtcMillis;
use std::fmt;

/// Low bits that count writes within one millisecond.
const COUNTER_BITS: u32 = 10;

/// One instant of a replica's logical clock: milliseconds since 1970 in the high bits, a counter in the low ten. Strictly
/// rising within a replica, and above everything that the replica had seen when it wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Hlc(pub u64);

impl Hlc {
    /// Before every write.
    pub const ZERO: Self = Self(0);

    /// The next instant of a replica whose last one was `self`, at wall time `now`.
    #[must_use]
    pub fn next(self, now: UtcMillis) -> Self {
        let wall = u64::try_from(now.0).unwrap_or(0) << COUNTER_BITS;
        Self(wall.max(self.0.saturating_add(1)))
    }

    /// The wall time in it, to the millisecond.
    #[must_use]
    pub fn millis(self) -> UtcMillis {
        UtcMillis(i64::try_from(self.0 >> COUNTER_BITS).unwrap_or(i64::MAX))
    }

    /// How far it is ahead of `now`, in milliseconds; 0 where it is not.
    #[must_use]
    pub fn ahead_of(self, now: UtcMillis) -> i64 {
        self.millis().0.saturating_sub(now.0).max(0)
    }
}

impl fmt::Display for Hlc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{}", self.millis().rfc3339(), self.0 & ((1 << COUNTER_BITS) - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rises_though_the_wall_clock_goes_back() {
        let first = Hlc::ZERO.next(UtcMillis(1_790_000_000_000));
        let second = first.next(UtcMillis(1_600_000_000_000));
        assert!(second > first && second.next(UtcMillis(-5)) > second);
        assert_eq!(first.millis(), UtcMillis(1_790_000_000_000));
        assert_eq!(second.to_string(), "2026-09-21T14:13:20.000Z+1");
        assert_eq!(first.ahead_of(UtcMillis(1_789_999_999_000)), 1000);
        assert_eq!(first.ahead_of(UtcMillis(1_790_000_000_001)), 0);
    }
}
