//! The reference vault: a plain vault's files on a memory disk.

use super::MemoryDisk;
use async_trait::async_trait;
use lifeboat_domain::digest::Digest;
use lifeboat_domain::id::SnapshotId;
use lifeboat_domain::manifest::{self, Manifest};
use lifeboat_domain::name::{FORGOTTEN_ENDING, PointStem};
use lifeboat_ports::{
    Draft, Forgotten, PointFile, PortError, PortErrorKind, Pruned, Sealed, Vault, VaultEntry, VaultGuard,
    VaultListing, Watch,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// A vault in memory. Clones are other processes on the same vault.
#[derive(Debug, Clone)]
pub struct MemoryVault {
    disk: MemoryDisk,
    root: PathBuf,
    made: Arc<AtomicBool>,
    locked: Arc<AtomicBool>,
    floor: Arc<AtomicU64>,
}

impl MemoryVault {
    /// A vault that does not exist yet.
    #[must_use]
    pub fn new(disk: &MemoryDisk, root: &Path) -> Self {
        Self {
            disk: disk.clone(),
            root: root.to_path_buf(),
            made: Arc::default(),
            locked: Arc::default(),
            floor: Arc::default(),
        }
    }

    /// Where a point's file lies.
    #[must_use]
    pub fn file(&self, manifest: &Manifest) -> PathBuf {
        self.points().join(manifest.stem().point_file())
    }

    fn points(&self) -> PathBuf {
        self.root.join("points")
    }

    fn manifest_path(&self, manifest: &Manifest) -> PathBuf {
        self.points().join(manifest.stem().manifest_file())
    }

    fn seal_at(&self, path: &Path) -> Result<Sealed, PortError> {
        let bytes = self.disk.must_read(path)?;
        Ok(Sealed { size_bytes: bytes.len() as u64, digest: Digest::of(&bytes) })
    }

    fn entry(&self, path: &Path, names: &[String]) -> Option<VaultEntry> {
        let name = path.file_name()?.to_string_lossy().into_owned();
        if let Some(stem) = PointStem::from_manifest_file(&name) {
            let file = self.points().join(stem.point_file());
            return Some(match manifest::decode(&self.disk.read(path)?) {
                Err(error) => VaultEntry::BadManifest { name, error },
                Ok(m) => match self.disk.read(&file) {
                    Some(bytes) if bytes.len() as u64 == m.size_bytes => VaultEntry::Point(Box::new(m)),
                    _ => VaultEntry::BadFile { name: stem.point_file(), manifest: Box::new(m) },
                },
            });
        }
        let stem = name.strip_suffix(".db");
        let described = stem.is_some_and(|stem| names.iter().any(|n| n.starts_with(stem) && *n != name));
        (!described && !name.ends_with(FORGOTTEN_ENDING)).then_some(VaultEntry::Stray { name })
    }
}

struct Guard(Arc<AtomicBool>);

impl VaultGuard for Guard {}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

fn error(kind: PortErrorKind, op: &'static str) -> PortError {
    PortError::new(kind, op, "the vault")
}

#[async_trait]
impl Vault for MemoryVault {
    async fn lock(&self, _wait: Duration, _watch: &Watch) -> Result<Box<dyn VaultGuard>, PortError> {
        if self.locked.swap(true, Ordering::SeqCst) {
            return Err(error(PortErrorKind::Busy, "lock"));
        }
        self.made.store(true, Ordering::SeqCst);
        Ok(Box::new(Guard(Arc::clone(&self.locked))))
    }

    async fn list(&self) -> Result<VaultListing, PortError> {
        if !self.made.load(Ordering::SeqCst) {
            return Err(error(PortErrorKind::NotFound, "list"));
        }
        let paths = self.disk.in_folder(&self.points());
        let names: Vec<String> =
            paths.iter().map(|p| p.file_name().unwrap_or_default().to_string_lossy().into_owned()).collect();
        let forgotten = names.iter().filter_map(|n| n.strip_suffix(FORGOTTEN_ENDING)).map(str::to_owned);
        Ok(VaultListing {
            entries: paths.iter().filter_map(|path| self.entry(path, &names)).collect(),
            forgotten: forgotten.collect(),
            sequence_floor: self.floor.load(Ordering::SeqCst),
        })
    }

    async fn begin(&self, id: SnapshotId) -> Result<Draft, PortError> {
        let path = self.root.join("drafts").join(id.to_string());
        self.disk.write(&path, Vec::new());
        Ok(Draft { path })
    }

    async fn seal(&self, draft: &Draft, watch: &Watch) -> Result<Sealed, PortError> {
        if watch.cancel.is_cancelled() {
            return Err(error(PortErrorKind::Cancelled, "seal"));
        }
        self.seal_at(&draft.path)
    }

    async fn publish(&self, draft: &Draft, manifest: &Manifest) -> Result<(), PortError> {
        let path = self.manifest_path(manifest);
        if self.disk.read(&path).is_some() {
            return Err(error(PortErrorKind::AlreadyExists, "publish"));
        }
        if !self.disk.rename(&draft.path, &self.file(manifest)) {
            return Err(error(PortErrorKind::NotFound, "publish"));
        }
        self.disk.write(&path, manifest::encode(manifest));
        Ok(())
    }

    async fn discard(&self, draft: &Draft) -> Result<(), PortError> {
        self.disk.remove(&draft.path);
        Ok(())
    }

    async fn open(&self, manifest: &Manifest) -> Result<PointFile, PortError> {
        let path = self.file(manifest);
        self.disk.must_read(&path)?;
        Ok(PointFile { path })
    }

    async fn hash(&self, manifest: &Manifest, watch: &Watch) -> Result<Sealed, PortError> {
        if watch.cancel.is_cancelled() {
            return Err(error(PortErrorKind::Cancelled, "hash"));
        }
        self.seal_at(&self.file(manifest))
    }

    async fn export(&self, manifest: &Manifest, to: &Path, _watch: &Watch) -> Result<(), PortError> {
        if self.disk.read(to).is_some() {
            return Err(error(PortErrorKind::AlreadyExists, "export"));
        }
        let bytes = self.disk.must_read(&self.file(manifest))?;
        if Digest::of(&bytes) != manifest.digest {
            return Err(error(PortErrorKind::Damaged, "export"));
        }
        self.disk.write(to, bytes);
        Ok(())
    }

    async fn amend(&self, manifest: &Manifest) -> Result<(), PortError> {
        let path = self.manifest_path(manifest);
        self.disk.must_read(&path)?;
        self.disk.write(&path, manifest::encode(manifest));
        Ok(())
    }

    async fn forget(&self, manifest: &Manifest) -> Result<Forgotten, PortError> {
        let to = self.points().join(format!("{}{FORGOTTEN_ENDING}", manifest.stem().as_str()));
        self.floor.fetch_max(manifest.sequence, Ordering::SeqCst);
        Ok(if self.disk.rename(&self.manifest_path(manifest), &to) {
            Forgotten::Now
        } else {
            Forgotten::Before
        })
    }

    async fn withdraw(&self, manifest: &Manifest) -> Result<(), PortError> {
        self.floor.fetch_max(manifest.sequence, Ordering::SeqCst);
        self.disk.remove(&self.manifest_path(manifest));
        self.disk.remove(&self.file(manifest));
        Ok(())
    }

    async fn prune(&self) -> Result<Pruned, PortError> {
        let mut pruned = Pruned::default();
        for path in self.disk.in_folder(&self.points()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let Some(stem) = name.strip_suffix(FORGOTTEN_ENDING) else { continue };
            let file = self.points().join(format!("{stem}.db"));
            pruned.bytes += self.disk.read(&file).map_or(0, |bytes| bytes.len() as u64);
            self.disk.remove(&file);
            self.disk.remove(&path);
            pruned.names.push(name);
        }
        Ok(pruned)
    }

    async fn sweep(&self) -> Result<Pruned, PortError> {
        let mut pruned = Pruned::default();
        for path in self.disk.in_folder(&self.root.join("drafts")) {
            self.disk.remove(&path);
            pruned.names.push(path.file_name().unwrap_or_default().to_string_lossy().into_owned());
        }
        Ok(pruned)
    }
}
