//! The ports: small traits that say what Lifeboat needs of a technology, with their contracts.
//!
//! A contract is prose on the trait and a suite in `lifeboat-testkit` that every implementation mounts.
//! Nothing here does I/O, names an adapter or knows a database product.

mod cancel;
mod check;
mod depot;
mod disk_space;
mod entropy;
mod error;
mod events;
mod installer;
mod medic;
mod migrator;
mod publisher;
mod replica;
mod snapshotter;
mod time;
mod tracker;
mod update_source;
mod vault;
mod workshop;

pub use cancel::CancelToken;
pub use check::{Check, CheckBody, MergedRows, Validator};
pub use depot::{Depot, DepotGuard, HeldArtifact};
pub use disk_space::{DiskSpace, Volume, VolumeKind};
pub use entropy::Entropy;
pub use error::{PortError, PortErrorKind};
pub use events::{EventSink, NoEvents, Watch};
pub use installer::{InstallRights, Installer, StartedProgram};
pub use medic::{
    Anatomy, Checkpoint, Depth, LogReading, Maintained, Medic, Repaired, Salvaged, TableSalvage,
};
pub use migrator::{
    CodeStep, Follow, MigrationStep, Migrator, Ran, RunOrder, RunRecord, SchemaOf, SchemaReading, StepBody,
    StepConnection, StepFailure, StepReport,
};
pub use publisher::{Content, PUBLISH_LEASE_MINUTES, PublishGuard, Publisher, StagedFile, Takeover};
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
pub use update_source::UpdateSource;
pub use vault::{Draft, Forgotten, PointFile, Pruned, Sealed, Vault, VaultEntry, VaultGuard, VaultListing};
pub use workshop::{Holder, Looking, QuarantinedSet, Recovered, StageSource, Workshop, WorkshopGuard};
