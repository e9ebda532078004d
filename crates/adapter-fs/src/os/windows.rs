//! Windows: sharing, renames that antivirus delays, volumes by drive or share.
//!
//! Permissions are inherited from the user's profile. There is no folder fsync: a file is flushed before its
//! rename. `ReplaceFileW` is not used, because it can fail with the original already renamed away.

use backon::{BlockingRetryable, ExponentialBuilder};
use lifeboat_ports::{Holder, VolumeKind};
use std::fs::{File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::process::CommandExt;
use std::path::{Component, Path, Prefix};
use std::process::Command;
use std::time::Duration;

/// ERROR_ACCESS_DENIED and ERROR_SHARING_VIOLATION: what a scanner causes that reads a fresh file.
const SCANNER_CODES: [i32; 2] = [5, 32];

/// Creates (or empties) a file.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    File::create(path)
}

/// FILE_SHARE_READ: nobody may write, rename or delete the file while it is open.
const SHARE_READ: u32 = 1;
/// FILE_FLAG_OPEN_REPARSE_POINT: a link is not followed.
const OPEN_LINK: u32 = 0x0020_0000;

/// Opens a plain file that is kept open against writers.
pub(crate) fn open_held(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).share_mode(SHARE_READ).custom_flags(OPEN_LINK).open(path)
}

/// The path stands for the file: nobody can put another one there while it is open.
pub(crate) fn held_id(_file: &File, path: &Path) -> io::Result<(u64, u64)> {
    file_id(path)
}

/// Rights are inherited.
pub(crate) fn make_runnable(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Integrity levels of an elevated process and of the system (Windows, well-known SIDs).
const ELEVATED: [&str; 2] = ["S-1-16-12288", "S-1-16-16384"];

/// Is this process elevated? The system's own tool tells, without a line of unsafe code here.
pub(crate) fn may_administer() -> io::Result<bool> {
    let asked = Command::new("whoami").args(["/groups", "/fo", "csv", "/nh"]).output()?;
    let told = String::from_utf8_lossy(&asked.stdout).into_owned();
    Ok(ELEVATED.iter().any(|sid| told.contains(sid)))
}

/// CREATE_NEW_PROCESS_GROUP: what is started shall not be stopped with us.
pub(crate) fn detach(command: &mut Command) {
    command.creation_flags(0x200);
}

/// NSIS reads `/D=` to the end of the line, quotes included.
pub(crate) fn append_raw(command: &mut Command, tail: &str) {
    command.raw_arg(tail);
}

/// Opens a lock file, making it where it is absent, never emptying it.
pub(crate) fn open_private_lock(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

/// Creates one folder.
pub(crate) fn create_private_folder(path: &Path) -> io::Result<()> {
    std::fs::create_dir(path)
}

/// The profile's access list serves; `doctor` looks at the folder's place instead.
pub(crate) fn is_open_to_others(_path: &Path) -> bool {
    false
}

/// The canonical path stands for the file: stable Rust gives no file index, so hard links are not told apart.
pub(crate) fn file_id(path: &Path) -> io::Result<(u64, u64)> {
    let mut hasher = DefaultHasher::new();
    path.canonicalize()?.to_string_lossy().to_lowercase().hash(&mut hasher);
    Ok((0, hasher.finish()))
}

/// The drive letter or the share stands for the volume.
pub(crate) fn volume_id(path: &Path) -> io::Result<u64> {
    let mut hasher = DefaultHasher::new();
    if let Some(Component::Prefix(prefix)) = path.canonicalize()?.components().next() {
        prefix.as_os_str().to_string_lossy().to_lowercase().hash(&mut hasher);
    }
    Ok(hasher.finish())
}

/// A UNC path is a network volume; a mapped drive is not told apart.
pub(crate) fn volume_kind(path: &Path) -> io::Result<VolumeKind> {
    let canonical = path.canonicalize()?;
    Ok(match canonical.components().next() {
        Some(Component::Prefix(prefix)) if is_share(&prefix.kind()) => {
            VolumeKind::Network { protocol: "SMB" }
        }
        _ => VolumeKind::Local,
    })
}

fn is_share(prefix: &Prefix<'_>) -> bool {
    matches!(prefix, Prefix::UNC(..) | Prefix::VerbatimUNC(..))
}

/// Renames, replacing; waits up to half a minute for a scanner that holds the file.
pub(crate) fn rename_over(from: &Path, to: &Path) -> io::Result<()> {
    let patience = ExponentialBuilder::default()
        .with_jitter()
        .with_min_delay(Duration::from_millis(10))
        .with_max_delay(Duration::from_secs(2))
        .with_max_times(24);
    (|| std::fs::rename(from, to))
        .retry(patience)
        .when(|error| error.raw_os_error().is_some_and(|code| SCANNER_CODES.contains(&code)))
        .notify(|error, pause| tracing::info!(code = error.raw_os_error(), ?pause, "a rename waits"))
        .call()
}

/// Not in the standard library without replacement: the hard-link way serves.
pub(crate) fn rename_no_replace(_from: &Path, _to: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// There is no folder fsync.
pub(crate) fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// The cached pages of a file cannot be dropped here; the new handle reads what the system has.
pub(crate) fn open_medium(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Not told without another tool.
pub(crate) fn process_name(_pid: u32) -> Option<String> {
    None
}

/// Not told without another tool.
pub(crate) fn holders(_database: &Path) -> Vec<Holder> {
    Vec::new()
}

/// Creates a file; one that is there is an error. The profile's permissions are inherited.
pub(crate) fn create_new_private(path: &Path) -> io::Result<File> {
    File::create_new(path)
}

/// Nothing to ask: a file that somebody has open cannot be renamed here.
pub(crate) fn lock_holder(_database: &Path) -> Option<lifeboat_ports::Holder> {
    None
}

/// Owners are inherited here.
pub(crate) fn own_as(_folder: &Path, _file: &Path) -> io::Result<()> {
    Ok(())
}

/// The folder's inherited access list serves.
pub(crate) fn take_after(_model: &Path, _file: &Path, _rights: super::Rights) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unc_prefix_is_a_share_and_a_drive_is_not() {
        let kind = |path: &str| match Path::new(path).components().next() {
            Some(Component::Prefix(prefix)) => is_share(&prefix.kind()),
            _ => false,
        };
        assert!(kind(r"\\server\share\a.db"));
        assert!(kind(r"\\?\UNC\server\share\a.db"));
        assert!(!kind(r"C:\data\a.db"));
    }
}
