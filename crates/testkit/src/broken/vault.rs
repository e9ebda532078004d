//! A vault with one defect.

use crate::memory::{MemoryDisk, MemoryVault};
use async_trait::async_trait;
use lifeboat_domain::digest::Digest;
use lifeboat_domain::id::SnapshotId;
use lifeboat_domain::manifest::Manifest;
use lifeboat_ports::{
    Draft, Forgotten, PointFile, PortError, PortErrorKind, Pruned, Sealed, Vault, VaultEntry, VaultGuard,
    VaultListing, Watch,
};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VaultDefect {
    /// A folder that is not there is an empty list.
    SwallowedError,
    /// A damaged manifest is left out of the list.
    SilentDamage,
    /// The digest is the one of the first time.
    StaleSeal,
    /// An existing point is replaced.
    Overwrites,
    /// The hash is read off the manifest.
    HashByManifest,
    /// An amended manifest is not written.
    LazyAmend,
    /// Forgetting frees the bytes at once.
    ForgetDeletes,
    /// Pruning forgets which numbers were given.
    ForgetsSequences,
    /// Sweeping takes what belongs to nobody.
    SweepsStrays,
    /// Two may hold the lock.
    SharedLock,
    /// Exporting does not look at what it writes.
    ExportsDamage,
    /// A discarded draft stays.
    KeepsDrafts,
}

/// The reference with a defect.
#[derive(Debug)]
pub struct BrokenVault {
    inner: MemoryVault,
    disk: MemoryDisk,
    defect: VaultDefect,
    first_seal: Mutex<Option<Sealed>>,
}

impl BrokenVault {
    /// Over the reference.
    #[must_use]
    pub fn new(inner: MemoryVault, disk: &MemoryDisk, defect: VaultDefect) -> Self {
        Self { inner, disk: disk.clone(), defect, first_seal: Mutex::new(None) }
    }

    fn is(&self, defect: VaultDefect) -> bool {
        self.defect == defect
    }
}

struct Free;

impl VaultGuard for Free {}

#[async_trait]
impl Vault for BrokenVault {
    async fn lock(&self, wait: Duration, watch: &Watch) -> Result<Box<dyn VaultGuard>, PortError> {
        match self.inner.lock(wait, watch).await {
            Err(_) if self.is(VaultDefect::SharedLock) => Ok(Box::new(Free)),
            done => done,
        }
    }

    async fn list(&self) -> Result<VaultListing, PortError> {
        let mut listing = match self.inner.list().await {
            Err(_) if self.is(VaultDefect::SwallowedError) => VaultListing::default(),
            listing => listing?,
        };
        if self.is(VaultDefect::SilentDamage) {
            listing.entries.retain(|entry| !matches!(entry, VaultEntry::BadManifest { .. }));
        }
        if self.is(VaultDefect::ForgetsSequences) {
            listing.sequence_floor = 0;
        }
        Ok(listing)
    }

    async fn begin(&self, id: SnapshotId) -> Result<Draft, PortError> {
        self.inner.begin(id).await
    }

    async fn seal(&self, draft: &Draft, watch: &Watch) -> Result<Sealed, PortError> {
        let sealed = self.inner.seal(draft, watch).await?;
        let mut first = self.first_seal.lock().unwrap_or_else(PoisonError::into_inner);
        let stale = *first.get_or_insert(sealed);
        Ok(if self.is(VaultDefect::StaleSeal) { stale } else { sealed })
    }

    async fn publish(&self, draft: &Draft, manifest: &Manifest) -> Result<(), PortError> {
        match self.inner.publish(draft, manifest).await {
            Err(error)
                if self.is(VaultDefect::Overwrites) && error.kind() == PortErrorKind::AlreadyExists =>
            {
                self.disk.rename(&draft.path, &self.inner.file(manifest));
                Err(error)
            }
            done => done,
        }
    }

    async fn discard(&self, draft: &Draft) -> Result<(), PortError> {
        if self.is(VaultDefect::KeepsDrafts) { Ok(()) } else { self.inner.discard(draft).await }
    }

    async fn open(&self, manifest: &Manifest) -> Result<PointFile, PortError> {
        self.inner.open(manifest).await
    }

    async fn hash(&self, manifest: &Manifest, watch: &Watch) -> Result<Sealed, PortError> {
        if self.is(VaultDefect::HashByManifest) {
            return Ok(Sealed { size_bytes: manifest.size_bytes, digest: manifest.digest });
        }
        self.inner.hash(manifest, watch).await
    }

    async fn export(&self, manifest: &Manifest, to: &Path, watch: &Watch) -> Result<(), PortError> {
        if !self.is(VaultDefect::ExportsDamage) {
            return self.inner.export(manifest, to, watch).await;
        }
        let bytes = self.disk.must_read(&self.inner.file(manifest))?;
        let as_stored = Manifest { digest: Digest::of(&bytes), ..manifest.clone() };
        self.inner.export(&as_stored, to, watch).await
    }

    async fn amend(&self, manifest: &Manifest) -> Result<(), PortError> {
        if self.is(VaultDefect::LazyAmend) { Ok(()) } else { self.inner.amend(manifest).await }
    }

    async fn forget(&self, manifest: &Manifest) -> Result<Forgotten, PortError> {
        if self.is(VaultDefect::ForgetDeletes) {
            self.disk.remove(&self.inner.file(manifest));
        }
        self.inner.forget(manifest).await
    }

    async fn withdraw(&self, manifest: &Manifest) -> Result<(), PortError> {
        self.inner.withdraw(manifest).await
    }

    async fn prune(&self) -> Result<Pruned, PortError> {
        self.inner.prune().await
    }

    async fn sweep(&self) -> Result<Pruned, PortError> {
        if self.is(VaultDefect::SweepsStrays) {
            for entry in self.inner.list().await?.entries {
                if let VaultEntry::Stray { name } = entry {
                    self.disk.remove(&Path::new("/vault/points").join(name));
                }
            }
        }
        self.inner.sweep().await
    }
}
