//! Adapters with one defect each. The self-test shows that a named clause catches every one of them.

mod depot;
mod installer;
mod medic;
mod migrator;
mod replica;
mod share;
mod simple;
mod snapshotter;
mod tracker;
mod vault;

pub use depot::{BrokenDepot, DepotDefect};
pub use installer::{BrokenInstaller, InstallerDefect};
pub use medic::{BrokenMedic, MedicDefect};
pub use migrator::{BrokenMigrator, MigratorDefect};
pub use replica::{BrokenReplica, ReplicaDefect};
pub use share::{BrokenShare, ShareDefect};
pub use simple::{DoublingDisk, FallingClock, PanickingSink, ReversingSink, StuckEntropy};
pub use snapshotter::{BrokenSnapshotter, SnapshotterDefect};
pub use tracker::{BrokenTracker, TrackerDefect};
pub use vault::{BrokenVault, VaultDefect};
