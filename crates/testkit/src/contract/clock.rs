//! The contract of `Clock`.

use super::clauses;
use lifeboat_ports::Clock;
use std::time::Duration;

/// A clock to look at.
pub trait ClockFixture {
    /// The clock.
    fn clock(&self) -> &dyn Clock;
    /// Lets a little time pass, with the wall clock set back meanwhile where the fixture can.
    fn pass(&self);
}

clauses! { dyn ClockFixture: monotonic_time_never_falls, monotonic_time_moves, wall_time_is_plausible, }

async fn monotonic_time_never_falls(f: &dyn ClockFixture) {
    let mut last = Duration::ZERO;
    for _ in 0..100 {
        let now = f.clock().monotonic();
        assert!(now >= last);
        last = now;
    }
    f.pass();
    assert!(f.clock().monotonic() >= last);
}

async fn monotonic_time_moves(f: &dyn ClockFixture) {
    let before = f.clock().monotonic();
    f.pass();
    assert!(f.clock().monotonic() > before);
}

async fn wall_time_is_plausible(f: &dyn ClockFixture) {
    let year_2020 = 1_577_836_800_000;
    assert!(f.clock().utc_now().0 > year_2020);
}
