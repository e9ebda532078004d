//! The local side of updates: what was seen, what was fetched, what is handed over.

use crate::{PortError, Watch};
use async_trait::async_trait;
use std::path::Path;
use std::time::Duration;

/// The depot is locked for one process as long as this lives.
pub trait DepotGuard: Send + Sync {}

/// An artifact, kept open so that nobody can put another one in its place or write into it, as far as the system
/// prevents that.
#[async_trait]
pub trait HeldArtifact: Send + Sync {
    /// Where it lies.
    fn path(&self) -> &Path;

    /// Reads through the handle that is kept open: at most `most` bytes from `offset`.
    ///
    /// # Errors
    /// `Io`.
    async fn read_at(&self, offset: u64, most: usize) -> Result<Vec<u8>, PortError>;

    /// Does the name still lead to the file that is kept open?
    ///
    /// # Errors
    /// `Io`.
    async fn is_in_place(&self) -> Result<bool, PortError>;
}

/// A folder of this installation for updates.
///
/// # Contract
/// - `remember` and `write_record` are durable when they return; killed in between, the old bytes or the new ones are
///   there. The two copies of the memory are separate files: writing one never touches the other.
/// - What is being fetched has a partial name until `keep`; a partial file is only ever made anew, or found as a plain
///   file: links are refused. `append` writes at exactly the end that the caller names.
/// - `keep` makes a partial file durable and gives it its name, in place of one that has it.
/// - `hold` opens a kept artifact; names with a separator are refused.
/// - Nothing is deleted that could not be read or believed: `set_memory_aside`, `set_record_aside` and `quarantine` rename.
/// - Reading makes nothing: an absent depot has no memory, no record and no artifacts.
/// - Folders and files are for the owner alone.
#[async_trait]
pub trait Depot: Send + Sync {
    /// Locks the depot, and makes it where it is absent.
    ///
    /// # Errors
    /// `Busy` with the holder as subject after `wait`; `PermissionDenied`, `NoSpace`, `Io`.
    async fn lock(&self, wait: Duration, watch: &Watch) -> Result<Box<dyn DepotGuard>, PortError>;

    /// Both copies of the memory.
    ///
    /// # Errors
    /// `PermissionDenied`, `Io`.
    async fn memory(&self) -> Result<[Option<Vec<u8>>; 2], PortError>;

    /// Writes one copy of the memory.
    ///
    /// # Errors
    /// `NoSpace`, `PermissionDenied`, `Io`; the copy is the old one then.
    async fn remember(&self, slot: usize, bytes: &[u8]) -> Result<(), PortError>;

    /// Renames both copies of the memory, so that there is none; gives the new names.
    ///
    /// # Errors
    /// `PermissionDenied`, `Io`.
    async fn set_memory_aside(&self) -> Result<Vec<String>, PortError>;

    /// The record.
    ///
    /// # Errors
    /// `PermissionDenied`, `Io`.
    async fn record(&self) -> Result<Option<Vec<u8>>, PortError>;

    /// Replaces the record.
    ///
    /// # Errors
    /// `NoSpace`, `PermissionDenied`, `Io`; the old one stands then.
    async fn write_record(&self, bytes: &[u8]) -> Result<(), PortError>;

    /// Renames the record, so that there is none; gives its new name where there was one.
    ///
    /// # Errors
    /// `PermissionDenied`, `Io`.
    async fn set_record_aside(&self) -> Result<Option<String>, PortError>;

    /// Finds or makes the partial file of an artifact; gives how many bytes are in it.
    ///
    /// # Errors
    /// `Unsupported` where the name is no plain file name or leads to a link; `NoSpace`, `PermissionDenied`, `Io`.
    async fn begin(&self, file: &str) -> Result<u64, PortError>;

    /// Reads a partial file.
    ///
    /// # Errors
    /// `NotFound`, `Io`.
    async fn read_partial(&self, file: &str, offset: u64, most: usize) -> Result<Vec<u8>, PortError>;

    /// Writes at the end of a partial file, which must be at `offset`.
    ///
    /// # Errors
    /// `Changed` where the end is elsewhere; `NotFound`, `NoSpace`, `Io`.
    async fn append(&self, file: &str, offset: u64, bytes: &[u8]) -> Result<(), PortError>;

    /// Removes a partial file. Absent is fine.
    ///
    /// # Errors
    /// `PermissionDenied`, `Io`.
    async fn restart(&self, file: &str) -> Result<(), PortError>;

    /// Gives a partial file its name, durable.
    ///
    /// # Errors
    /// `NotFound`, `NoSpace`, `PermissionDenied`, `Io`; the partial file stays.
    async fn keep(&self, file: &str) -> Result<(), PortError>;

    /// Opens a kept artifact and keeps it open.
    ///
    /// # Errors
    /// `NotFound`, `Unsupported` where a link or another thing than a file has the name, `PermissionDenied`, `Io`.
    async fn hold(&self, file: &str) -> Result<Box<dyn HeldArtifact>, PortError>;

    /// Sets a kept artifact aside; gives its new name.
    ///
    /// # Errors
    /// `NotFound`, `PermissionDenied`, `Io`.
    async fn quarantine(&self, file: &str) -> Result<String, PortError>;

    /// Removes every kept and partial artifact but these; gives the names.
    ///
    /// # Errors
    /// `PermissionDenied`, `Io`; what was removed stays removed.
    async fn tidy(&self, but: &[String]) -> Result<Vec<String>, PortError>;
}
