//! The durable-publish routine: partial file, fsync, rename, folder fsync. It exists once.

use crate::error::from_io;
use crate::os;
use lifeboat_domain::name::PARTIAL_ENDING;
use lifeboat_ports::PortError;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What may be standing under the final name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing: a file that is there is an error and stays.
    Nothing,
    /// An older version, which is replaced atomically.
    Older,
}

/// Writes a small file that did not exist, so that it is there whole or not at all.
///
/// # Errors
/// `AlreadyExists`, `NoSpace`, `PermissionDenied`, `Io`; nothing stands under the name then.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), PortError> {
    publish_bytes(path, bytes, Standing::Nothing).map_err(|e| from_io("write", path, e))
}

/// Makes a finished file durable and gives it its final name, which nothing may have.
///
/// # Errors
/// `AlreadyExists`, `NoSpace`, `PermissionDenied`, `Io`; nothing stands under the name then.
pub fn publish_new(partial: &Path, to: &Path) -> Result<(), PortError> {
    let published = sync_file(partial).and_then(|()| publish_file(partial, to, Standing::Nothing));
    published.map_err(|e| from_io("write", to, e))
}

/// Removes a partial file and what the engine may have left beside it. One that stays does no harm.
pub fn remove_partial(partial: &Path) {
    for suffix in ["", "-journal", "-wal", "-shm"] {
        let _ = std::fs::remove_file(with_suffix(partial, suffix));
    }
}

/// Makes an empty file for the owner alone, or empties one that is there.
///
/// # Errors
/// `NoSpace`, `PermissionDenied`, `Io`.
pub fn make_private(path: &Path) -> Result<(), PortError> {
    os::create_private(path).map(drop).map_err(|e| from_io("make", path, e))
}

/// Makes a folder for the owner alone, its parents included. One that is there stays as it is.
///
/// # Errors
/// `PermissionDenied`, `NoSpace`, `Io`.
pub fn make_private_folder(path: &Path) -> Result<(), PortError> {
    make_folder(path).map_err(|e| from_io("make", path, e))
}

/// Writes a small file; readers see the old or the new bytes, before and after a crash.
pub(crate) fn publish_bytes(path: &Path, bytes: &[u8], standing: Standing) -> io::Result<()> {
    let partial = with_suffix(path, PARTIAL_ENDING);
    let written = write_synced(&partial, bytes).and_then(|()| publish_file(&partial, path, standing));
    if written.is_err() {
        let _ = std::fs::remove_file(&partial);
    }
    written
}

/// Writes a file for the owner alone and fsyncs it; the name itself is not durable yet.
pub(crate) fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = os::create_private(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Gives a finished, fsynced file its final name and makes the name durable.
pub(crate) fn publish_file(from: &Path, to: &Path, standing: Standing) -> io::Result<()> {
    match standing {
        Standing::Nothing => rename_new(from, to)?,
        Standing::Older => os::rename_over(from, to)?,
    }
    os::sync_folder(folder_of(to))?;
    if folder_of(from) != folder_of(to) {
        os::sync_folder(folder_of(from))?;
    }
    Ok(())
}

/// Renames without ever replacing. Where the system has no such call: a hard link and the removal of the old
/// name; where the file system has no links either: a look and a plain rename, under our lock.
pub(crate) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match os::rename_no_replace(from, to) {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
        done => return done,
    }
    match std::fs::hard_link(from, to) {
        Ok(()) => std::fs::remove_file(from),
        Err(error) if matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound) => {
            Err(error)
        }
        Err(_) if to.symlink_metadata().is_ok() => Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => os::rename_over(from, to),
    }
}

/// Fsyncs a file by its path; one that may not be written is opened for reading, which serves on Unix.
pub(crate) fn sync_file(path: &Path) -> io::Result<()> {
    match File::options().write(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => File::open(path)?.sync_all(),
        file => file?.sync_all(),
    }
}

/// Makes a folder for the owner alone, its parents included, and makes its name durable.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() && !parent.is_dir() => make_folder(parent)?,
        _ => {}
    }
    match os::create_private_folder(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
        Ok(()) => os::sync_folder(folder_of(path)),
    }
}

/// The folder that a file lies in; `.` for a bare name.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Appends to the last part of a path, whatever bytes it holds.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path.as_os_str());
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_never_replaces_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write_new(&path, b"one").unwrap();
        let error = write_new(&path, b"two").unwrap_err();
        assert_eq!(error.kind(), lifeboat_ports::PortErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
        publish_bytes(&path, b"two", Standing::Older).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
    }

    #[test]
    fn renaming_onto_an_existing_name_fails_and_moves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        std::fs::write(&a, "a").unwrap();
        std::fs::write(&b, "b").unwrap();
        assert_eq!(rename_new(&a, &b).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!((std::fs::read(&a).unwrap(), std::fs::read(&b).unwrap()), (b"a".to_vec(), b"b".to_vec()));
    }
}
