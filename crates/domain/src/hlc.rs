//! Hybrid logical clock: order of writes that never goes back, whatever the wall clock does. It reads no clock.

use crate::time::UtcMillis;
use std::fmt;

/// Low bits that count writes within one millisecond.
const COUNTER_BITS: u32 = 10;

/// Bits below the number of a step: how late a client had written the row, then a draw.
const STEP_BITS: u32 = 36;

/// Low bits that are drawn for a write of a step.
const DRAWN_BITS: u32 = 10;

/// Steps beyond this one share its instants.
const STEPS_MAX: u32 = (1 << 12) - 1;

/// A client's last write of a row is kept in units of this many milliseconds, since this instant (2020).
const RESTS_ON_UNIT_MS: u64 = 8_000;
const RESTS_ON_SINCE_MS: u64 = 1_577_836_800_000;

/// One instant of a replica's logical clock: milliseconds since 1970 in the high bits, a counter in the low ten. Strictly
/// rising within a replica, and above everything that the replica had seen when it wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Hlc(pub u64);

impl Hlc {
    /// Before every write.
    pub const ZERO: Self = Self(0);

    /// The first instant of a step of a migration: long before every write of a client, later than those of the steps before
    /// it. Up to [`Self::PER_STEP`] instants from here on are the step's: the later, the later a client had written the row.
    #[must_use]
    pub const fn of_step(number: u32) -> Self {
        let number = if number > STEPS_MAX { STEPS_MAX } else { number };
        Self((number as u64) << STEP_BITS)
    }

    /// Instants that a step has.
    pub const PER_STEP: u64 = 1 << STEP_BITS;

    /// This instant of a step, for a row that a client had last written then.
    #[must_use]
    pub fn resting_on(self, written: Self) -> Self {
        let since = u64::try_from(written.millis().0).unwrap_or(0).saturating_sub(RESTS_ON_SINCE_MS);
        let units = (since / RESTS_ON_UNIT_MS).min((1 << (STEP_BITS - DRAWN_BITS)) - 1);
        Self(self.0 + (units << DRAWN_BITS))
    }

    /// Among so many instants a draw tells branches apart.
    pub const DRAWN: u64 = 1 << DRAWN_BITS;

    /// When a client had last written the row that a step wrote, to some seconds; none where none had, or it was no step.
    #[must_use]
    pub fn rests_on(self) -> Option<UtcMillis> {
        let units = (self.0 & (Self::PER_STEP - 1)) >> DRAWN_BITS;
        let since = i64::try_from(units * RESTS_ON_UNIT_MS + RESTS_ON_SINCE_MS).ok()?;
        (self.is_of_step() && units > 0).then_some(UtcMillis(since))
    }

    /// Was it given to a write of a step?
    #[must_use]
    pub const fn is_of_step(self) -> bool {
        self.0 >= Self::of_step(1).0 && self.0 < Self::FIRST_OF_CLIENTS.0
    }

    /// No clock of a client is before this one (17 September 1978): what is, are steps.
    pub const FIRST_OF_CLIENTS: Self = Self(Self::of_step(STEPS_MAX).0 + Self::PER_STEP);

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

    #[test]
    fn steps_are_before_every_client_and_in_their_order() {
        let (first, second) = (Hlc::of_step(1), Hlc::of_step(2));
        assert!(Hlc::ZERO < first && first.0 + Hlc::PER_STEP == second.0);
        let last = Hlc(Hlc::of_step(u32::MAX).0 + Hlc::PER_STEP - 1);
        assert!([first, second, last].into_iter().all(Hlc::is_of_step));
        assert!(![Hlc::ZERO, Hlc(3), Hlc::FIRST_OF_CLIENTS].into_iter().any(Hlc::is_of_step));
        assert!(!Hlc::ZERO.next(UtcMillis(1_600_000_000_000)).is_of_step());
        assert_eq!(Hlc::FIRST_OF_CLIENTS.millis().rfc3339(), "1978-09-17T10:58:26.944Z");
        assert_eq!(first.rests_on(), None);
        let written = Hlc::ZERO.next(UtcMillis(1_785_836_801_000));
        let late = Hlc(first.resting_on(written).0 + 7);
        assert_eq!(late.rests_on().map(UtcMillis::rfc3339).as_deref(), Some("2026-08-04T09:46:40.000Z"));
    }
}
