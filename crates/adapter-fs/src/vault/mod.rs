//! The plain vault: one file a point, which any SQLite tool opens, and one manifest beside it.
//!
//! ```text
//! <vault>/vault.json  vault.lock
//! <vault>/points/<stem>.db  <stem>.manifest.json  <stem>.manifest.json.forgotten
//! <vault>/drafts/<id>.partial  <stem>.manifest.json.partial
//! ```
//! It never replaces a point's file, never removes bytes that it did not make, and knows nothing of SQLite.

mod export;
pub(crate) mod header;
mod list;
mod publish;
mod retire;

use crate::durable::make_folder;
use crate::error::from_io;
use crate::hash::{Source, hash_file};
use crate::lock::{Held, LockFile};
use crate::{blocking, durable};
use async_trait::async_trait;
use lifeboat_domain::event::Phase;
use lifeboat_domain::id::SnapshotId;
use lifeboat_domain::manifest::Manifest;
use lifeboat_ports::{
    Draft, Forgotten, PointFile, PortError, Pruned, Sealed, Vault, VaultGuard, VaultListing, Watch,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A vault in a folder.
#[derive(Debug, Clone)]
pub struct PlainVault {
    folders: Folders,
    held: Held,
}

/// Where things lie in a vault.
#[derive(Debug, Clone)]
struct Folders {
    root: PathBuf,
}

impl Folders {
    fn points(&self) -> PathBuf {
        self.root.join("points")
    }

    fn drafts(&self) -> PathBuf {
        self.root.join("drafts")
    }

    fn header(&self) -> PathBuf {
        self.root.join("vault.json")
    }

    fn lock(&self) -> PathBuf {
        self.root.join("vault.lock")
    }
}

/// Everything that a vault in this folder reads as its own.
pub(crate) fn own_places(root: &Path) -> [PathBuf; 4] {
    let folders = Folders { root: root.to_path_buf() };
    [folders.points(), folders.drafts(), folders.header(), folders.lock()]
}

impl PlainVault {
    /// A vault in this folder, which need not exist yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { folders: Folders { root: root.into() }, held: Held::default() }
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.folders.root
    }

    /// The path of a point's file, whether or not it is there.
    #[must_use]
    pub fn point_path(&self, manifest: &Manifest) -> PathBuf {
        self.folders.points().join(manifest.stem().point_file())
    }

    async fn work<T, F>(&self, op: &'static str, work: F) -> Result<T, PortError>
    where
        T: Send + 'static,
        F: FnOnce(&Folders) -> Result<T, PortError> + Send + 'static,
    {
        let (folders, held) = (self.folders.clone(), self.held.keep());
        blocking::run(op, move || {
            let done = work(&folders);
            drop(held);
            done
        })
        .await
    }
}

struct Guard {
    _lock: Arc<LockFile>,
}

impl VaultGuard for Guard {}

#[async_trait]
impl Vault for PlainVault {
    async fn lock(&self, wait: Duration, watch: &Watch) -> Result<Box<dyn VaultGuard>, PortError> {
        let (watch, held) = (watch.clone(), self.held.clone());
        self.work("lock the vault", move |folders| {
            for folder in [&folders.root, &folders.points(), &folders.drafts()] {
                make_folder(folder).map_err(|e| from_io("make the vault", folder, e))?;
            }
            let lock = LockFile::acquire(&folders.lock(), wait, &watch)?;
            header::ensure(&folders.header())?;
            Ok(Box::new(Guard { _lock: held.hold(lock) }) as Box<dyn VaultGuard>)
        })
        .await
    }

    async fn list(&self) -> Result<VaultListing, PortError> {
        self.work("list the vault", list::list).await
    }

    async fn begin(&self, id: SnapshotId) -> Result<Draft, PortError> {
        self.work("begin a point", move |folders| {
            let path = folders.drafts().join(format!("{id}.partial"));
            crate::os::create_private(&path).map_err(|e| from_io("begin", &path, e))?;
            Ok(Draft { path })
        })
        .await
    }

    async fn seal(&self, draft: &Draft, watch: &Watch) -> Result<Sealed, PortError> {
        let (path, watch) = (draft.path.clone(), watch.clone());
        let large = is_large(&path);
        let seal = move || {
            durable::sync_file(&path).map_err(|e| from_io("seal", &path, e))?;
            hash_file(&path, Source::Medium, Phase::Proof, &watch)
        };
        run("seal a point", large, seal).await
    }

    async fn publish(&self, draft: &Draft, manifest: &Manifest) -> Result<(), PortError> {
        let (draft, manifest) = (draft.clone(), manifest.clone());
        self.work("publish a point", move |folders| publish::publish(folders, &draft, &manifest)).await
    }

    async fn discard(&self, draft: &Draft) -> Result<(), PortError> {
        let path = draft.path.clone();
        self.work("discard a draft", move |_| retire::remove_draft(&path)).await
    }

    async fn open(&self, manifest: &Manifest) -> Result<PointFile, PortError> {
        let path = self.point_path(manifest);
        self.work("open a point", move |_| {
            path.metadata().map_err(|e| from_io("open", &path, e))?;
            Ok(PointFile { path })
        })
        .await
    }

    async fn hash(&self, manifest: &Manifest, watch: &Watch) -> Result<Sealed, PortError> {
        let (path, watch) = (self.point_path(manifest), watch.clone());
        let large = is_large(&path);
        run("read a point", large, move || hash_file(&path, Source::Medium, Phase::Verify, &watch)).await
    }

    async fn export(&self, manifest: &Manifest, to: &Path, watch: &Watch) -> Result<(), PortError> {
        let (manifest, to, watch) = (manifest.clone(), to.to_path_buf(), watch.clone());
        self.work("export a point", move |folders| export::export(folders, &manifest, &to, &watch)).await
    }

    async fn amend(&self, manifest: &Manifest) -> Result<(), PortError> {
        let manifest = manifest.clone();
        self.work("amend a manifest", move |folders| publish::amend(folders, &manifest)).await
    }

    async fn forget(&self, manifest: &Manifest) -> Result<Forgotten, PortError> {
        let stem = manifest.stem();
        self.work("forget a point", move |folders| retire::forget(folders, &stem)).await
    }

    async fn withdraw(&self, manifest: &Manifest) -> Result<(), PortError> {
        let stem = manifest.stem();
        self.work("withdraw a point", move |folders| retire::withdraw(folders, &stem)).await
    }

    async fn prune(&self) -> Result<Pruned, PortError> {
        self.work("prune the vault", retire::prune).await
    }

    async fn sweep(&self) -> Result<Pruned, PortError> {
        self.work("sweep the vault", retire::sweep).await
    }
}

/// From this size on, reading a file back gets a thread of its own (8 MiB).
const OWN_THREAD_FROM_BYTES: u64 = 8 * 1024 * 1024;

fn is_large(path: &Path) -> bool {
    path.metadata().is_ok_and(|meta| meta.len() >= OWN_THREAD_FROM_BYTES)
}

/// Reading a large file goes to a thread of its own, so that it overlaps with the database's examination even
/// where the runtime has one blocking thread; a small one is not worth it.
async fn run<T, F>(op: &'static str, large: bool, work: F) -> Result<T, PortError>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, PortError> + Send + 'static,
{
    if !large {
        return blocking::run(op, work).await;
    }
    let stopped = || PortError::new(lifeboat_ports::PortErrorKind::Io, op, "the reader");
    let (send, receive) = tokio::sync::oneshot::channel();
    std::thread::Builder::new()
        .name("lifeboat-read".into())
        .spawn(move || {
            let _ = send.send(work());
        })
        .map_err(|e| stopped().with_source(e))?;
    receive.await.unwrap_or_else(|_| Err(stopped()))
}
