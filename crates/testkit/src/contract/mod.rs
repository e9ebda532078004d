//! The suites: for each port a list of clauses over a fixture. Whoever implements the port mounts the list.

pub mod clock;
pub mod depot;
pub mod disk_space;
pub mod entropy;
pub mod event_sink;
pub mod installer;
pub mod medic;
pub mod migrator;
pub mod publisher;
pub mod replica;
pub mod snapshotter;
pub mod tracker;
pub mod update_source;
pub mod vault;
pub mod workshop;

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;

/// A clause's run.
pub type Run<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// One clause of a contract: it panics where the implementation breaks it.
pub struct Clause<F: ?Sized + 'static> {
    /// What it demands, as a name.
    pub name: &'static str,
    /// Runs it on a fresh fixture.
    pub run: for<'a> fn(&'a F) -> Run<'a>,
}

/// Names of the clauses that a fresh fixture each does not hold.
pub fn failures<F: ?Sized>(clauses: &[Clause<F>], fixture: impl Fn() -> Box<F>) -> Vec<&'static str> {
    let fails = |clause: &&Clause<F>| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let fixture = fixture();
        catch_unwind(AssertUnwindSafe(|| runtime.block_on((clause.run)(&fixture)))).is_err()
    };
    clauses.iter().filter(fails).map(|clause| clause.name).collect()
}

/// Panics with the names of the clauses that do not hold.
///
/// # Panics
/// Where a clause does not hold.
pub fn hold<F: ?Sized>(clauses: &[Clause<F>], fixture: impl Fn() -> Box<F>) {
    let failed = failures(clauses, fixture);
    assert!(failed.is_empty(), "clauses that do not hold: {failed:?}");
}

/// Lists async functions as clauses; the name of each is its clause's.
macro_rules! clauses {
    ($fixture:ty: $($name:ident,)+) => {
        /// Every clause.
        pub const CLAUSES: &[$crate::contract::Clause<$fixture>] =
            &[$($crate::contract::Clause { name: stringify!($name), run: |fixture| Box::pin($name(fixture)) },)+];
    };
}
use clauses;

macro_rules! mounts {
    ($($mount:ident = $suite:ident;)+) => {
        $(
            /// Mounts the suite as one test: a name, and how to make a fresh fixture.
            #[macro_export]
            macro_rules! $mount {
                ($test:ident, $fixture:expr) => {
                    #[test]
                    fn $test() {
                        $crate::contract::hold($crate::contract::$suite::CLAUSES, || Box::new($fixture));
                    }
                };
            }
        )+
    };
}

mounts! {
    snapshotter_contract = snapshotter;
    medic_contract = medic;
    migrator_contract = migrator;
    replica_contract = replica;
    tracker_contract = tracker;
    update_source_contract = update_source;
    publisher_contract = publisher;
    depot_contract = depot;
    installer_contract = installer;
    vault_contract = vault;
    workshop_contract = workshop;
    disk_space_contract = disk_space;
    clock_contract = clock;
    entropy_contract = entropy;
    event_sink_contract = event_sink;
}
