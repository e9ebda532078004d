//! Where restore points live.

use crate::{PortError, Watch};
use async_trait::async_trait;
use lifeboat_domain::digest::Digest;
use lifeboat_domain::id::SnapshotId;
use lifeboat_domain::manifest::{Manifest, ManifestError};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A file that is being made in the vault. It is no point yet; nobody lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The empty file to write into; on the vault's own volume, for the owner alone.
    pub path: PathBuf,
}

/// The bytes of a draft or a point as they stand on the medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed {
    /// Size in bytes.
    pub size_bytes: u64,
    /// BLAKE3 of all bytes, read through a new handle after the cached pages were dropped.
    pub digest: Digest,
}

/// A point's file, ready to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointFile {
    /// A path that may be opened read-only and immutable. Nothing may be written beside it.
    pub path: PathBuf,
}

/// One entry of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VaultEntry {
    /// A point with a manifest that may be trusted and a file of the right size.
    Point(Box<Manifest>),
    /// A manifest that may not be trusted.
    BadManifest {
        /// File name.
        name: String,
        /// Why.
        error: ManifestError,
    },
    /// A manifest whose file is missing or has another size.
    BadFile {
        /// File name of the point's file.
        name: String,
        /// The manifest.
        manifest: Box<Manifest>,
    },
    /// Bytes without a manifest: never a point.
    Stray {
        /// File name.
        name: String,
    },
}

/// Everything that lies in a vault, in no particular order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VaultListing {
    /// The entries.
    pub entries: Vec<VaultEntry>,
    /// Points that were forgotten and whose bytes are still there.
    pub forgotten: Vec<String>,
    /// Highest sequence ever given, as far as the vault remembers beyond its points.
    pub sequence_floor: u64,
}

impl VaultListing {
    /// The points, by sequence.
    #[must_use]
    pub fn points(&self) -> Vec<Manifest> {
        let mut points: Vec<_> = self
            .entries
            .iter()
            .filter_map(|entry| match entry {
                VaultEntry::Point(manifest) => Some((**manifest).clone()),
                _ => None,
            })
            .collect();
        lifeboat_domain::catalogue::sort(&mut points);
        points
    }

    /// Nothing in the vault is damaged or unreadable.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.damaged() == 0
    }

    /// How many entries are damaged or unreadable.
    #[must_use]
    pub fn damaged(&self) -> usize {
        let bad = |e: &&VaultEntry| matches!(e, VaultEntry::BadManifest { .. } | VaultEntry::BadFile { .. });
        self.entries.iter().filter(bad).count()
    }
}

/// What `forget` did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgotten {
    /// The point left the catalogue; its bytes are still there.
    Now,
    /// It was not in the catalogue.
    Before,
}

/// What `prune` freed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pruned {
    /// File names that were removed.
    pub names: Vec<String>,
    /// Their bytes.
    pub bytes: u64,
}

/// The vault is locked for one writer as long as this lives.
pub trait VaultGuard: Send + Sync {}

/// Keeps restore points.
///
/// # Contract
/// - *A point exists if and only if its manifest does.* `publish` makes the file durable under its final name,
///   then the manifest, and replaces nothing; killed anywhere, the point is there whole or not at all, and
///   what is left over is a stray that `sweep` removes.
/// - `seal` makes the draft's bytes durable and then reads every one of them again through a new handle, with
///   the cached pages dropped where the system allows; it never hashes bytes that it still holds in memory.
/// - `list` never fails because of one bad entry: it names it. A folder that cannot be read is an error, never
///   an empty list. It writes nothing. An absent vault is `NotFound`.
/// - `hash` reads every byte of the stored file; it does not compare.
/// - `amend` replaces the manifest of the point with the same id atomically: readers see the old or the new one.
/// - `forget` takes a point out of the catalogue and keeps its bytes; it is idempotent. `prune` frees the bytes
///   of forgotten points, and nothing else; killed anywhere, a repetition finishes it.
/// - `withdraw` is `forget` and `prune` of one point; the bytes of other forgotten points stay.
/// - `begin`, `publish`, `amend`, `forget`, `withdraw`, `prune` and `sweep` are called under `lock`; the rest needs none.
/// - Folders and files are for the owner alone.
#[async_trait]
pub trait Vault: Send + Sync {
    /// Locks the vault for writing, across processes, and makes it where it is absent.
    ///
    /// # Errors
    /// `Busy` with the holder as subject after `wait`; `PermissionDenied`, `NoSpace`, `UnknownFormat`, `Io`.
    async fn lock(&self, wait: Duration, watch: &Watch) -> Result<Box<dyn VaultGuard>, PortError>;

    /// Reads the catalogue.
    ///
    /// # Errors
    /// `NotFound`, `PermissionDenied`, `UnknownFormat`, `Io`.
    async fn list(&self) -> Result<VaultListing, PortError>;

    /// Makes an empty draft.
    ///
    /// # Errors
    /// `NoSpace`, `PermissionDenied`, `Io`.
    async fn begin(&self, id: SnapshotId) -> Result<Draft, PortError>;

    /// Makes a draft durable and reads it back.
    ///
    /// # Errors
    /// `NoSpace`, `Cancelled`, `Io`.
    async fn seal(&self, draft: &Draft, watch: &Watch) -> Result<Sealed, PortError>;

    /// Turns a sealed draft into a point.
    ///
    /// # Errors
    /// `AlreadyExists`, `NoSpace`, `Io`; no point exists then.
    async fn publish(&self, draft: &Draft, manifest: &Manifest) -> Result<(), PortError>;

    /// Removes a draft. Calling it again, or after `publish`, changes nothing.
    ///
    /// # Errors
    /// `Io`.
    async fn discard(&self, draft: &Draft) -> Result<(), PortError>;

    /// Gives access to a point's file.
    ///
    /// # Errors
    /// `NotFound`, `PermissionDenied`, `Io`.
    async fn open(&self, manifest: &Manifest) -> Result<PointFile, PortError>;

    /// Reads every byte of a point's file.
    ///
    /// # Errors
    /// `NotFound`, `Cancelled`, `Io`.
    async fn hash(&self, manifest: &Manifest, watch: &Watch) -> Result<Sealed, PortError>;

    /// Writes a point's bytes to a new plain file outside the vault, durable and never replacing anything.
    ///
    /// # Errors
    /// `AlreadyExists`, `NoSpace`, `PermissionDenied`, `Damaged` where the bytes written are not the ones that
    /// the manifest names, `Cancelled`, `Io`; nothing stands under the name then.
    async fn export(&self, manifest: &Manifest, to: &Path, watch: &Watch) -> Result<(), PortError>;

    /// Replaces the manifest of a point.
    ///
    /// # Errors
    /// `NotFound`, `NoSpace`, `Io`; the old manifest stands then.
    async fn amend(&self, manifest: &Manifest) -> Result<(), PortError>;

    /// Takes a point out of the catalogue.
    ///
    /// # Errors
    /// `Io`, `NoSpace`.
    async fn forget(&self, manifest: &Manifest) -> Result<Forgotten, PortError>;

    /// Takes a point out again with its bytes, because the act that it was taken for did not happen. Under `lock`.
    /// Absent is fine.
    ///
    /// # Errors
    /// `Io`; the point is there whole, or forgotten.
    async fn withdraw(&self, manifest: &Manifest) -> Result<(), PortError>;

    /// Frees the bytes of forgotten points.
    ///
    /// # Errors
    /// `Io`; what was freed stays freed.
    async fn prune(&self) -> Result<Pruned, PortError>;

    /// Removes drafts that a killed process left.
    ///
    /// # Errors
    /// `Io`.
    async fn sweep(&self) -> Result<Pruned, PortError>;
}
