//! SQLite behind Lifeboat's ports: the only crate with SQL and with a driver.
//!
//! Plain synchronous code behind one `spawn_blocking` (`blocking`). Statements are files under `sql/`, named
//! once in `sql`; identifiers of user tables go through `quoted`. No type of the driver is public, and a live
//! database file is only ever opened by SQLite itself.

mod blocking;
mod capture;
mod compare;
mod connection;
#[cfg(any(test, feature = "demo"))]
pub mod demo;
mod describe;
mod diagnose;
mod error;
mod examine;
mod install;
mod look;
mod maintain;
mod medic;
mod mend;
mod merge;
mod migrate;
mod pool;
mod posture;
mod quiesce;
mod quoted;
mod rebuild;
mod salvage;
mod snapshotter;
mod sql;
mod track;

pub use medic::SqliteMedic;
pub use merge::SqliteReplica;
pub use migrate::SqliteMigrator;
pub use posture::{Durability, Posture};
pub use snapshotter::SqliteSnapshotter;
pub use track::SqliteTracker;

/// Version of the SQLite library that this process runs, for example `3.53.2`.
#[must_use]
pub fn engine_version() -> &'static str {
    rusqlite::version()
}
