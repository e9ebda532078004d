//! The ports: small traits that say what Lifeboat needs of a technology, with their contracts.
//!
//! A contract is prose on the trait and a suite in `lifeboat-testkit` that every implementation mounts.
//! Nothing here does I/O, names an adapter or knows a database product.

mod cancel;
mod check;
mod disk_space;
mod entropy;
mod error;
mod events;
mod medic;
mod migrator;
mod replica;
mod snapshotter;
mod time;
mod tracker;
mod vault;
mod workshop;

pub use cancel::CancelToken;
pub use check::{Check, CheckBody, MergedRows, Validator};
pub use disk_space::{DiskSpace, Volume, VolumeKind};
pub use entropy::Entropy;
pub use error::{PortError, PortErrorKind};
pub use events::{EventSink, NoEvents, Watch};
pub use medic::{
    Anatomy, Checkpoint, Depth, LogReading, Maintained, Medic, Repaired, Salvaged, TableSalvage,
};
pub use migrator::{
    CodeStep, Follow, MigrationStep, Migrator, Ran, RunOrder, RunRecord, SchemaOf, SchemaReading, StepBody,
    StepConnection, StepFailure, StepReport,
};
pub use replica::{
    Choice, CompactOrder, Compacted, Duplicates, FutureClock, MergeOrder, MergeReport, MergeStop, Merged,
    OpenConflict, OpenVersion, PeerState, Replica, ResolveOrder, RowName, Told, Trial,
};
pub use snapshotter::{
    CaptureLimits, CaptureOrder, Captured, Counting, InstallOrder, Installed, Mark, PageSize, Quiesced,
    Snapshotter, SourceChecks, Writers,
};
pub use time::Clock;
pub use tracker::{Absence, Beginning, Earlier, TrackOrder, Tracked, Tracker};
pub use vault::{Draft, Forgotten, PointFile, Pruned, Sealed, Vault, VaultEntry, VaultGuard, VaultListing};
pub use workshop::{Holder, Looking, QuarantinedSet, Recovered, StageSource, Workshop, WorkshopGuard};
