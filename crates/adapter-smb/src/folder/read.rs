//! Reading: whole small files and pieces of large ones, through a new handle each time.

use crate::error::from_io;
use backon::{BlockingRetryable, ConstantBuilder};
use lifeboat_ports::{PortError, PortErrorKind};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

/// A whole file of at most so many bytes.
pub(super) fn document(root: &Path, path: &Path, limit: usize) -> Result<Vec<u8>, PortError> {
    let bytes = piece(root, path, 0, limit.saturating_add(1))?;
    if bytes.len() > limit {
        return Err(PortError::new(PortErrorKind::LimitExceeded, "read", path.display().to_string()));
    }
    Ok(bytes)
}

/// As [`document`], for the file that is replaced by renaming: on a share it can be gone for an instant meanwhile
/// (13 of 62,050 reads against Samba), so that its absence counts after a second only.
pub(super) fn pointer(root: &Path, path: &Path, limit: usize) -> Result<Vec<u8>, PortError> {
    let patience =
        ConstantBuilder::default().with_delay(Duration::from_millis(100)).with_max_times(10).with_jitter();
    (|| document(root, path, limit))
        .retry(patience)
        .when(|error| error.kind() == PortErrorKind::NotFound)
        .call()
}

/// Bytes from an offset: as many as asked for, or up to the end.
pub(super) fn piece(root: &Path, path: &Path, offset: u64, most: usize) -> Result<Vec<u8>, PortError> {
    let read = open(path).and_then(|mut file| {
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        file.take(u64::try_from(most).unwrap_or(u64::MAX)).read_to_end(&mut bytes)?;
        Ok(bytes)
    });
    read.map_err(|error| explain(root, path, error))
}

/// A plain file: a link would lead out of the share, a pipe would never end.
fn open(path: &Path) -> io::Result<File> {
    if !path.symlink_metadata()?.is_file() {
        return Err(io::Error::other("it is no plain file"));
    }
    File::open(path)
}

/// Tells a share that is gone from a file that is not there.
pub(super) fn explain(root: &Path, path: &Path, error: io::Error) -> PortError {
    let told = from_io("read", path, error);
    if told.kind() == PortErrorKind::NotFound
        && let Err(error) = root.metadata()
    {
        return gone(root, error);
    }
    told
}

/// The share itself cannot be reached.
pub(super) fn gone(root: &Path, error: io::Error) -> PortError {
    let told = from_io("open", root, error);
    if told.kind() != PortErrorKind::NotFound {
        return told;
    }
    PortError::new(PortErrorKind::FolderMissing, "open", root.display().to_string()).with_source(told)
}
