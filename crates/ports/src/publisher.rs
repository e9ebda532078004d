//! The other side of a share: who publishes, and what becomes visible when.

use crate::{PortError, Watch};
use async_trait::async_trait;
use lifeboat_domain::update::Place;
use std::path::Path;

/// What is brought to the share.
#[derive(Debug, Clone, Copy)]
pub enum Content<'a> {
    /// Bytes that are in memory.
    Bytes(&'a [u8]),
    /// A local file.
    File(&'a Path),
}

/// Something that was brought to the share under a name that no client reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagedFile {
    /// Its temporary name.
    pub name: String,
}

/// What to do about a lock that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takeover {
    /// Take it over where its holder gave no sign of life for so long, by the server's own time.
    AfterLease,
    /// Take it over: somebody said that its holder is gone.
    Always,
}

/// For how long a holder of the lock may be silent.
pub const PUBLISH_LEASE_MINUTES: u64 = 30;

/// The share is locked for one publisher as long as this lives.
#[async_trait]
pub trait PublishGuard: Send + Sync {
    /// Gives a sign of life, and makes sure that the lock is still ours.
    ///
    /// # Errors
    /// `Changed` with the new holder as subject where somebody took it over: nothing may be published any more.
    async fn renew(&self) -> Result<(), PortError>;
}

/// Writes a share.
///
/// # Contract
/// - What `stage` brought is seen by no client; `read_back` reads it from the share through a new handle.
/// - `settle` makes a staged file visible at a place where nothing is, whole, under its final name, and replaces
///   nothing: of two that settle at one place exactly one succeeds, and the other gets `AlreadyExists`.
/// - `replace_pointer` makes a staged file the pointer: readers see the old or the new bytes, whole. It is retried while a
///   reader of another system keeps the old one open.
/// - One publisher at a time holds `lock`. The lock outlives the process; who finds it names its holder.
/// - Killed anywhere, clients see what they saw before or what was being published; what is left over is staged, and
///   `sweep` removes it. `sweep` never touches what is visible.
/// - `try_write` leaves nothing behind.
#[async_trait]
pub trait Publisher: Send + Sync {
    /// Locks the share for publishing; makes its folders where they are absent.
    ///
    /// # Errors
    /// `Busy` with the holder as subject; `FolderMissing`, `PermissionDenied`, `NoSpace`, `Unreachable`, `Io`.
    async fn lock(&self, owner: &str, takeover: Takeover) -> Result<Box<dyn PublishGuard>, PortError>;

    /// Brings content to the share, durable, under a temporary name.
    ///
    /// # Errors
    /// `NoSpace`, `PermissionDenied`, `Unreachable`, `Cancelled`, `Io`; nothing visible changed.
    async fn stage(&self, content: Content<'_>, watch: &Watch) -> Result<StagedFile, PortError>;

    /// Reads staged bytes as `UpdateSource::read_at` does.
    ///
    /// # Errors
    /// `NotFound`, `Unreachable`, `Io`.
    async fn read_back(&self, staged: &StagedFile, offset: u64, most: usize) -> Result<Vec<u8>, PortError>;

    /// Makes a staged file visible where nothing is.
    ///
    /// # Errors
    /// `AlreadyExists`: what stood there stands, and the staged file is still staged. `PermissionDenied`,
    /// `Unreachable`, `Io`.
    async fn settle(&self, staged: &StagedFile, place: &Place) -> Result<(), PortError>;

    /// Makes a staged file the pointer.
    ///
    /// # Errors
    /// `Busy` where readers kept it open for half a minute; `PermissionDenied`, `Unreachable`, `Io`.
    async fn replace_pointer(&self, staged: &StagedFile) -> Result<(), PortError>;

    /// Removes a staged file. Absent is fine.
    ///
    /// # Errors
    /// `PermissionDenied`, `Unreachable`, `Io`.
    async fn discard(&self, staged: &StagedFile) -> Result<(), PortError>;

    /// Names of what is staged.
    ///
    /// # Errors
    /// `FolderMissing`, `PermissionDenied`, `Unreachable`, `Io`.
    async fn leftovers(&self) -> Result<Vec<String>, PortError>;

    /// Removes everything that is staged; gives the names. Under `lock`.
    ///
    /// # Errors
    /// `PermissionDenied`, `Unreachable`, `Io`.
    async fn sweep(&self) -> Result<Vec<String>, PortError>;

    /// Who holds the lock, where somebody does.
    ///
    /// # Errors
    /// `FolderMissing`, `PermissionDenied`, `Unreachable`, `Io`.
    async fn holder(&self) -> Result<Option<String>, PortError>;

    /// Tries whether this user may write where clients read.
    ///
    /// # Errors
    /// `PermissionDenied` where not; `FolderMissing`, `Unreachable`, `Io`.
    async fn try_write(&self) -> Result<(), PortError>;
}
