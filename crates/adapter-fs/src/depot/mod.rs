//! The depot as a folder: `memory-0.json`, `memory-1.json`, `record.json`, `artifacts/`, `aside/` and a lock.

mod artifacts;
mod held;

use crate::durable::{Standing, make_folder, publish_bytes, publish_file, with_suffix};
use crate::error::{from_io, if_there, name_of};
use crate::lock::{Held, LockFile};
use crate::{blocking, os};
use artifacts::Artifacts;
use async_trait::async_trait;
use lifeboat_domain::name::PARTIAL_ENDING;
use lifeboat_ports::{Depot, DepotGuard, HeldArtifact, PortError, Watch};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A folder for updates.
#[derive(Debug, Clone)]
pub struct FolderDepot {
    root: PathBuf,
    held: Held,
}

struct Guard(#[expect(dead_code, reason = "it is held, not read")] Arc<LockFile>);

impl DepotGuard for Guard {}

impl FolderDepot {
    /// The depot in a folder, which need not exist.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), held: Held::default() }
    }

    fn memory_file(&self, slot: usize) -> PathBuf {
        self.root.join(format!("memory-{}.json", slot % 2))
    }

    fn record_file(&self) -> PathBuf {
        self.root.join("record.json")
    }

    fn aside(&self) -> PathBuf {
        self.root.join("aside")
    }

    fn artifacts(&self) -> Artifacts {
        Artifacts::new(self.root.join("artifacts"))
    }

    async fn work<T, F>(&self, op: &'static str, work: F) -> Result<T, PortError>
    where
        T: Send + 'static,
        F: FnOnce(&Self) -> Result<T, PortError> + Send + 'static,
    {
        let (own, lock) = (self.clone(), self.held.keep());
        blocking::run(op, move || {
            let done = work(&own);
            drop(lock);
            done
        })
        .await
    }
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, PortError> {
    if_there(std::fs::read(path)).map_err(|e| from_io("read", path, e))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), PortError> {
    publish_bytes(path, bytes, Standing::Older).map_err(|e| from_io("write", path, e))
}

/// Moves a file under the first free name into a folder; gives that name.
fn set_aside(path: &Path, folder: &Path) -> Result<String, PortError> {
    let fail = |e| from_io("set aside", path, e);
    make_folder(folder).map_err(fail)?;
    let mut number = 1;
    loop {
        let to = with_suffix(&folder.join(path.file_name().unwrap_or_default()), &format!(".{number}"));
        match publish_file(path, &to, Standing::Nothing) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
            done => return done.map(|()| name_of(&to)).map_err(fail),
        }
    }
}

#[async_trait]
impl Depot for FolderDepot {
    async fn lock(&self, wait: Duration, watch: &Watch) -> Result<Box<dyn DepotGuard>, PortError> {
        let watch = watch.clone();
        self.work("lock", move |own| {
            make_folder(&own.root).map_err(|e| from_io("make", &own.root, e))?;
            let lock = own.held.hold(LockFile::acquire(&own.root.join("lock"), wait, &watch)?);
            Ok(Box::new(Guard(lock)) as Box<dyn DepotGuard>)
        })
        .await
    }

    async fn memory(&self) -> Result<[Option<Vec<u8>>; 2], PortError> {
        self.work("read", |own| Ok([read(&own.memory_file(0))?, read(&own.memory_file(1))?])).await
    }

    async fn remember(&self, slot: usize, bytes: &[u8]) -> Result<(), PortError> {
        let bytes = bytes.to_vec();
        self.work("write", move |own| write(&own.memory_file(slot), &bytes)).await
    }

    async fn set_memory_aside(&self) -> Result<Vec<String>, PortError> {
        self.work("set aside", |own| {
            let there = [0, 1].map(|slot| own.memory_file(slot)).into_iter().filter(|path| path.exists());
            there.map(|path| set_aside(&path, &own.aside())).collect()
        })
        .await
    }

    async fn record(&self) -> Result<Option<Vec<u8>>, PortError> {
        self.work("read", |own| read(&own.record_file())).await
    }

    async fn write_record(&self, bytes: &[u8]) -> Result<(), PortError> {
        let bytes = bytes.to_vec();
        self.work("write", move |own| write(&own.record_file(), &bytes)).await
    }

    async fn set_record_aside(&self) -> Result<Option<String>, PortError> {
        self.work("set aside", |own| {
            let path = own.record_file();
            path.exists().then(|| set_aside(&path, &own.aside())).transpose()
        })
        .await
    }

    async fn begin(&self, file: &str) -> Result<u64, PortError> {
        let file = file.to_owned();
        self.work("begin", move |own| own.artifacts().begin(&file)).await
    }

    async fn read_partial(&self, file: &str, offset: u64, most: usize) -> Result<Vec<u8>, PortError> {
        let file = file.to_owned();
        self.work("read", move |own| own.artifacts().read_partial(&file, offset, most)).await
    }

    async fn append(&self, file: &str, offset: u64, bytes: &[u8]) -> Result<(), PortError> {
        let (file, bytes) = (file.to_owned(), bytes.to_vec());
        self.work("write", move |own| own.artifacts().append(&file, offset, &bytes)).await
    }

    async fn restart(&self, file: &str) -> Result<(), PortError> {
        let file = file.to_owned();
        self.work("remove", move |own| own.artifacts().restart(&file)).await
    }

    async fn keep(&self, file: &str) -> Result<(), PortError> {
        let file = file.to_owned();
        self.work("keep", move |own| own.artifacts().keep(&file)).await
    }

    async fn hold(&self, file: &str) -> Result<Box<dyn HeldArtifact>, PortError> {
        let file = file.to_owned();
        let held = self.work("open", move |own| own.artifacts().hold(&file)).await?;
        Ok(Box::new(held))
    }

    async fn quarantine(&self, file: &str) -> Result<String, PortError> {
        let file = file.to_owned();
        self.work("set aside", move |own| set_aside(&own.artifacts().kept("set aside", &file)?, &own.aside()))
            .await
    }

    async fn tidy(&self, but: &[String]) -> Result<Vec<String>, PortError> {
        let but = but.to_vec();
        self.work("tidy", move |own| own.artifacts().tidy(&but)).await
    }
}

/// The partial name of an artifact.
fn partial(path: &Path) -> PathBuf {
    with_suffix(path, PARTIAL_ENDING)
}

/// Where a file is found and is a plain one: its length.
fn plain_length(path: &Path) -> std::io::Result<Option<u64>> {
    match if_there(path.symlink_metadata())? {
        None => Ok(None),
        Some(meta) if meta.is_file() => Ok(Some(meta.len())),
        Some(_) => Err(std::io::ErrorKind::CrossesDevices.into()),
    }
}

fn make_new(path: &Path) -> std::io::Result<()> {
    os::create_new_private(path).map(drop)
}
