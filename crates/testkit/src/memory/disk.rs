//! Files in memory: paths and bytes, nothing else.

use lifeboat_ports::{PortError, PortErrorKind};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A disk in memory. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct MemoryDisk(Arc<Mutex<BTreeMap<PathBuf, Vec<u8>>>>);

impl MemoryDisk {
    fn files(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes of a file.
    #[must_use]
    pub fn read(&self, path: &Path) -> Option<Vec<u8>> {
        self.files().get(path).cloned()
    }

    /// Bytes of a file that must be there.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn must_read(&self, path: &Path) -> Result<Vec<u8>, PortError> {
        let absent = || PortError::new(PortErrorKind::NotFound, "read", path.display().to_string());
        self.read(path).ok_or_else(absent)
    }

    /// Writes a file.
    pub fn write(&self, path: &Path, bytes: Vec<u8>) {
        self.files().insert(path.to_path_buf(), bytes);
    }

    /// Removes a file; tells whether it was there.
    pub fn remove(&self, path: &Path) -> bool {
        self.files().remove(path).is_some()
    }

    /// Renames a file; tells whether it was there.
    pub fn rename(&self, from: &Path, to: &Path) -> bool {
        let mut files = self.files();
        let Some(bytes) = files.remove(from) else { return false };
        files.insert(to.to_path_buf(), bytes);
        true
    }

    /// Paths directly in a folder.
    #[must_use]
    pub fn in_folder(&self, folder: &Path) -> Vec<PathBuf> {
        self.files().keys().filter(|path| path.parent() == Some(folder)).cloned().collect()
    }
}
