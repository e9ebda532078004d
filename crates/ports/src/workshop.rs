//! The work folder beside one database: its lock, the record of acts, staging, quarantine, and the exchange
//! of files.

use crate::{PortError, Watch};
use async_trait::async_trait;
use lifeboat_domain::act::Act;
use lifeboat_domain::swap::{PartRecord, Recovery};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The database is locked for one act as long as this lives.
pub trait WorkshopGuard: Send + Sync {}

/// Where staged files come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageSource<'a> {
    /// A point's file: becomes the main file.
    Point(&'a Path),
    /// A quarantined set: all its parts.
    Quarantined(&'a str),
}

/// What a recovery did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// Where it went.
    pub outcome: Recovery,
    /// Names in quarantine of files that no act of ours made.
    pub set_aside: Vec<String>,
}

/// Files that were set aside together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantinedSet {
    /// Its name.
    pub name: String,
    /// The main file, with its log or journal beside it; `None` where there is none in it.
    pub main: Option<PathBuf>,
    /// Bytes of all its files.
    pub size_bytes: u64,
}

/// A process that holds a database open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Process id.
    pub pid: u32,
    /// Its name, as the system tells; empty where it does not.
    pub name: String,
}

/// How to look for processes that have a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looking {
    /// By what the system tells of open files: of this user's processes at least.
    AtNames,
    /// Also by the locks that the engine holds, of whatever user. Only while this process has no connection to the
    /// database: looking at locks would drop its own.
    AtLocksToo,
}

/// Works on the files of one database.
///
/// # Contract
/// - One process at a time holds `lock`. The lock dies with the process.
/// - `begin` makes the record durable before it returns; `pending` gives it back until `finish` or `abandon`.
///   `finish` makes the act the last act, then removes the intent. A record that is damaged is an error,
///   never `None`.
/// - `exchange` and `recover` follow the steps of `lifeboat_domain::swap`. Killed anywhere, `recover` leads to
///   the old files with their sidecars, or to the new ones; it is idempotent. Nothing that a foreign process
///   made is removed: it is set aside and named.
/// - `set_record_aside` keeps the bytes of a pending record under a new name in quarantine; `pending` gives `None`
///   afterwards.
/// - An exchange that puts nothing in place only sets the old files aside, all of them under one name; `quarantined`
///   tells where they are.
/// - Nothing is ever deleted from quarantine, but for names whose file lives at its own place as well, and by
///   `discard`.
/// - Every folder is on the database's own volume; where it is not, `stage` fails with `Unsupported`.
#[async_trait]
pub trait Workshop: Send + Sync {
    /// Locks the database for acts, across processes.
    ///
    /// # Errors
    /// `Busy` with the holder as subject; `PermissionDenied`, `NoSpace`, `Io`.
    async fn lock(&self, wait: Duration, watch: &Watch) -> Result<Box<dyn WorkshopGuard>, PortError>;

    /// The interrupted act, if there is one. Writes nothing.
    ///
    /// # Errors
    /// `Damaged`, `UnknownFormat`, `Io`.
    async fn pending(&self) -> Result<Option<Act>, PortError>;

    /// The last finished act. Writes nothing.
    ///
    /// # Errors
    /// As `pending`.
    async fn last(&self) -> Result<Option<Act>, PortError>;

    /// Records that an act begins.
    ///
    /// # Errors
    /// `NoSpace`, `Io`; nothing was recorded.
    async fn begin(&self, act: &Act) -> Result<(), PortError>;

    /// Records that an act ended well.
    ///
    /// # Errors
    /// `NoSpace`, `Io`; the act is still pending.
    async fn finish(&self, act: &Act) -> Result<(), PortError>;

    /// Removes the intent of an act that changed nothing.
    ///
    /// # Errors
    /// `Io`.
    async fn abandon(&self) -> Result<(), PortError>;

    /// Sets the record of a pending act aside, readable or not, and gives its name in quarantine.
    ///
    /// # Errors
    /// `NotFound` where there is none, `NoSpace`, `PermissionDenied`, `Io`; the record stands then.
    async fn set_record_aside(&self) -> Result<String, PortError>;

    /// A path in the staging folder that does not exist yet, for a file of the given name.
    ///
    /// # Errors
    /// `NoSpace`, `PermissionDenied`, `Io`.
    async fn scratch(&self, name: &str) -> Result<PathBuf, PortError>;

    /// Removes a file that `scratch` named, with its sidecars. Absent is fine.
    ///
    /// # Errors
    /// `Io`.
    async fn clear_scratch(&self, path: &Path) -> Result<(), PortError>;

    /// Removes what killed acts left on the stage. Only under the lock, and while no act is pending. Gives how many
    /// entries went.
    ///
    /// # Errors
    /// `PermissionDenied`, `Io`; what could be removed is.
    async fn sweep_stage(&self) -> Result<usize, PortError>;

    /// Makes the new files ready under the name `set` and durable.
    ///
    /// # Errors
    /// `NoSpace`, `Unsupported`, `NotFound`, `Io`; the stage is empty then.
    async fn stage(&self, set: &str, source: StageSource<'_>) -> Result<Vec<PartRecord>, PortError>;

    /// Removes what `stage` made for an exchange that was not begun. Absent is fine.
    ///
    /// # Errors
    /// `Io`.
    async fn unstage(&self, set: &str) -> Result<(), PortError>;

    /// What lies in quarantine, oldest first. Writes nothing.
    ///
    /// # Errors
    /// `PermissionDenied`, `Io`.
    async fn quarantined(&self) -> Result<Vec<QuarantinedSet>, PortError>;

    /// Removes a set from quarantine for good, because a person confirmed it. Gives its bytes.
    ///
    /// # Errors
    /// `NotFound`, `PermissionDenied`, `Io`; what was not removed stays.
    async fn discard(&self, set: &str) -> Result<u64, PortError>;

    /// Other processes that have the database's files open, as far as the system tells.
    ///
    /// # Errors
    /// `Io`.
    async fn holders(&self, looking: Looking) -> Result<Vec<Holder>, PortError>;

    /// Describes the files that stand at the database's path now.
    ///
    /// # Errors
    /// `Io`, `PermissionDenied`.
    async fn standing(&self) -> Result<Vec<PartRecord>, PortError>;

    /// Carries out the exchange that the act describes and records it as the last act. The names of files
    /// that were set aside, other than the old set, come back.
    ///
    /// # Errors
    /// Any: the caller recovers.
    async fn exchange(&self, act: &Act) -> Result<Vec<String>, PortError>;

    /// Finishes or takes back an interrupted exchange.
    ///
    /// # Errors
    /// `Io`, `NoSpace`: the intent still stands, a later call goes on.
    async fn recover(&self, act: &Act) -> Result<Recovered, PortError>;
}
