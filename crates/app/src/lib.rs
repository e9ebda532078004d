//! Verified restore points of a local SQLite database: backup, verify, restore, undo.
//!
//! ```no_run
//! # async fn example() -> Result<(), lifeboat::Error> {
//! use lifeboat::{BackupOrder, Config, Lifeboat, RestoreOrder};
//!
//! let boat = Lifeboat::at(Config::foreign("app.db"))?;
//! let point = boat.backup(BackupOrder::manual("before the experiment")).await?.point;
//! // ... something goes wrong ...
//! boat.restore(&point.id.to_string(), RestoreOrder::default()).await?;
//! boat.undo(RestoreOrder::default()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! The use cases speak to ports only; `wiring` is the one file that names adapters. Everything that destroys
//! makes a restore point first; every error says its cause, the state of the data and the next step.

mod backup;
mod damage;
mod doctor;
mod error;
mod guard;
mod handle;
mod maintain;
mod merge;
mod migrate;
mod open;
mod points;
mod publish;
mod recover;
mod relocate;
mod restore;
mod retention;
mod status;
mod track;
mod update;
mod verify;
mod wiring;

#[cfg(feature = "demo")]
pub mod demo;

pub use backup::{BackupOrder, BackupReport, Limits};
pub use damage::{
    Diagnosis, QuarantinePlan, QuarantineReport, RepairReport, SalvageOrder, SalvageReport, SalvageSource,
};
pub use doctor::{Check, DoctorOrder, Health, Remedy};
pub use error::Error;
pub use guard::{GuardOrder, GuardReport};
pub use handle::{Lifeboat, Ports};
pub use lifeboat_adapter_sqlite::{Durability, Posture, engine_version};
pub use lifeboat_domain as domain;
pub use lifeboat_ports as ports;
pub use lifeboat_ports::{CancelToken, EventSink, Watch};
pub use lifeboat_trust as trust;
pub use maintain::MaintainReport;
pub use merge::{Compared, DedupeRequest, MergeOutcome, MergeRequest};
pub use migrate::{
    AdoptOrder, Adoption, MigrateOrder, MigrateReport, MigrationPlan, MigrationStatus, Migrations,
};
pub use open::{OpenOrder, Opened};
pub use publish::{
    Basis, Ceremony, KeyRing, NewKeys, PublishPorts, Published, Publishing, ReleaseOrder, RootDraft,
    Rotation, Withdrawal,
};
pub use recover::Recovery;
pub use relocate::{Confirmation, Relocation};
pub use restore::{RestoreOrder, RestorePlan, RestoreReport, SetAside};
pub use retention::{ForgetPlan, Planned, PruneReport};
pub use status::Status;
pub use track::ProposedRule;
pub use update::{
    Applied, ApplyOrder, ApplyPlan, CheckReport, FetchReport, OldMetadata, RepairedUpdates, UpdateConfig,
    UpdatePorts, UpdateStatus, Updates, WayBack,
};
pub use verify::{Damage, VerifyDepth, VerifyReport};
pub use wiring::{Config, SETTINGS_FILE, Scope, Use, data_folder};
