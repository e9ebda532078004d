//! An artifact that is kept open while it is proven and handed over.

use super::artifacts::read_at;
use crate::error::from_io;
use crate::{blocking, os};
use async_trait::async_trait;
use lifeboat_ports::{HeldArtifact, PortError};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A plain file, open.
pub(super) struct HeldFile {
    path: PathBuf,
    file: Arc<Mutex<File>>,
}

impl HeldFile {
    pub(super) fn new(path: PathBuf, file: File) -> Self {
        Self { path, file: Arc::new(Mutex::new(file)) }
    }

    async fn work<T, F>(&self, work: F) -> Result<T, PortError>
    where
        T: Send + 'static,
        F: FnOnce(&Path, &mut File) -> std::io::Result<T> + Send + 'static,
    {
        let (path, file) = (self.path.clone(), Arc::clone(&self.file));
        blocking::run("read", move || {
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            work(&path, &mut file).map_err(|e| from_io("read", &path, e))
        })
        .await
    }
}

#[async_trait]
impl HeldArtifact for HeldFile {
    fn path(&self) -> &Path {
        &self.path
    }

    async fn read_at(&self, offset: u64, most: usize) -> Result<Vec<u8>, PortError> {
        self.work(move |_, file| read_at(file, offset, most)).await
    }

    async fn is_in_place(&self) -> Result<bool, PortError> {
        self.work(|path, file| match path.symlink_metadata() {
            Ok(meta) if meta.is_file() => Ok(os::file_id(path)? == os::held_id(file, path)?),
            Ok(_) => Ok(false),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        })
        .await
    }
}
