//! A share as a path that the system reaches.

mod lock;
mod read;
mod write;

use crate::deadline::{Beat, Worker};
use crate::{DEADLINE, blocking};
use async_trait::async_trait;
use lifeboat_domain::update::Place;
use lifeboat_ports::{
    Content, PortError, PublishGuard, Publisher, StagedFile, Takeover, UpdateSource, Watch,
};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Folders below the root.
const STAGE: &str = ".stage";
const VISIBLE: [&str; 2] = ["metadata", "targets"];

/// When a pointer that is not there counts as absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Absence {
    /// After a second: somebody may be replacing it.
    InAWhile,
    /// At once: nobody else replaces it.
    AtOnce,
}

/// A share, or a folder that is read like one.
#[derive(Debug, Clone)]
pub struct FolderShare {
    root: Arc<PathBuf>,
    limit: Duration,
    absence: Absence,
    worker: Arc<Worker>,
    /// The lock that is held from here.
    lock: Arc<Mutex<Option<Vec<u8>>>>,
}

impl FolderShare {
    /// The share at a path. Nothing is touched yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: Arc::new(root.into()),
            limit: DEADLINE,
            absence: Absence::InAWhile,
            worker: Arc::default(),
            lock: Arc::default(),
        }
    }

    /// For the publisher, who alone replaces the pointer.
    #[must_use]
    pub fn as_publisher(self) -> Self {
        Self { absence: Absence::AtOnce, ..self }
    }

    /// With another deadline for each call.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    fn hold(&self, lock: Option<Vec<u8>>) {
        *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = lock;
    }

    fn held(&self) -> Option<Vec<u8>> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn path(&self, place: &Place) -> PathBuf {
        place.parts().iter().fold(self.root.to_path_buf(), |path, part| path.join(part))
    }

    fn stage_folder(&self) -> PathBuf {
        self.root.join(STAGE)
    }

    fn staged(&self, staged: &StagedFile) -> PathBuf {
        self.stage_folder().join(&staged.name)
    }

    async fn work<T, F>(&self, op: &'static str, work: F) -> Result<T, PortError>
    where
        T: Send + 'static,
        F: FnOnce(&Self, &Beat) -> Result<T, PortError> + Send + 'static,
    {
        let own = self.clone();
        blocking::run(Arc::clone(&self.worker), op, self.shown(), self.limit, move |beat| work(&own, beat))
            .await
    }
}

#[async_trait]
impl UpdateSource for FolderShare {
    fn shown(&self) -> String {
        self.root.display().to_string()
    }

    async fn document(&self, place: &Place, limit: usize) -> Result<Vec<u8>, PortError> {
        let place = place.clone();
        let is_replaced = place == Place::Pointer && self.absence == Absence::InAWhile;
        let read = if is_replaced { read::pointer } else { read::document };
        self.work("read", move |own, _| read(&own.root, &own.path(&place), limit)).await
    }

    async fn read_at(&self, place: &Place, offset: u64, most: usize) -> Result<Vec<u8>, PortError> {
        let place = place.clone();
        self.work("read", move |own, _| read::piece(&own.root, &own.path(&place), offset, most)).await
    }
}

#[async_trait]
impl Publisher for FolderShare {
    async fn lock(&self, owner: &str, takeover: Takeover) -> Result<Box<dyn PublishGuard>, PortError> {
        let owner = owner.to_owned();
        let held = self.work("lock", move |own, _| {
            write::make_folders(own)?;
            lock::acquire(own, &owner, takeover)
        });
        Ok(Box::new(held.await?))
    }

    async fn stage(&self, content: Content<'_>, watch: &Watch) -> Result<StagedFile, PortError> {
        let content = match content {
            Content::Bytes(bytes) => write::Owned::Bytes(bytes.to_vec()),
            Content::File(path) => write::Owned::File(path.to_path_buf()),
        };
        let watch = watch.clone();
        self.work("stage", move |own, beat| write::stage(own, content, &watch, beat)).await
    }

    async fn read_back(&self, staged: &StagedFile, offset: u64, most: usize) -> Result<Vec<u8>, PortError> {
        let path = self.staged(staged);
        self.work("read", move |own, _| read::piece(&own.root, &path, offset, most)).await
    }

    async fn settle(&self, staged: &StagedFile, place: &Place) -> Result<(), PortError> {
        let (from, to) = (self.staged(staged), self.path(place));
        self.work("publish", move |own, _| write::settle(own, &from, &to)).await
    }

    async fn replace_pointer(&self, staged: &StagedFile) -> Result<(), PortError> {
        let (from, to) = (self.staged(staged), self.path(&Place::Pointer));
        self.work("publish", move |_, beat| write::replace(&from, &to, beat)).await
    }

    async fn discard(&self, staged: &StagedFile) -> Result<(), PortError> {
        let path = self.staged(staged);
        self.work("remove", move |_, _| write::remove(&path)).await
    }

    async fn leftovers(&self) -> Result<Vec<String>, PortError> {
        self.work("list", |own, _| write::leftovers(own)).await
    }

    async fn sweep(&self) -> Result<Vec<String>, PortError> {
        self.work("sweep", write::sweep).await
    }

    async fn holder(&self) -> Result<Option<String>, PortError> {
        self.work("look", |own, _| lock::holder(own)).await
    }

    async fn try_write(&self) -> Result<(), PortError> {
        self.work("write", |own, _| write::try_write(own)).await
    }
}
