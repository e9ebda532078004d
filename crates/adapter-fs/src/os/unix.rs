//! Linux and macOS: permissions, file identity, folder fsync.

use super::Rights;
use crate::durable::with_suffix;
use lifeboat_ports::Holder;
use rustix::fs::OFlags;
use rustix::process::{Flock, FlockType, fcntl_getlk};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

const OWNER_FILE: u32 = 0o600;
const OWNER_FOLDER: u32 = 0o700;
const OTHERS: u32 = 0o077;

/// Creates (or empties) a file that only the owner may read.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(OWNER_FILE).open(path)
}

/// Creates a file that only the owner may read; one that is there is an error.
pub(crate) fn create_new_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(OWNER_FILE).open(path)
}

/// Opens a plain file that is kept open; a link is not followed. Others can still write: the bytes are read again.
pub(crate) fn open_held(path: &Path) -> io::Result<File> {
    let flags =
        i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).expect("because open flags are ints");
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

/// Device and inode of an open file.
pub(crate) fn held_id(file: &File, _path: &Path) -> io::Result<(u64, u64)> {
    file.metadata().map(|meta| (meta.dev(), meta.ino()))
}

/// The owner may run it.
pub(crate) fn make_runnable(path: &Path) -> io::Result<()> {
    std::fs::set_permissions(path, PermissionsExt::from_mode(OWNER_FOLDER))
}

/// Is this the administrator?
#[allow(clippy::unnecessary_wraps, reason = "other systems have to be asked")]
pub(crate) fn may_administer() -> io::Result<bool> {
    Ok(rustix::process::geteuid().is_root())
}

/// What is started shall not be stopped with us: a key that interrupts this program reaches its group.
pub(crate) fn detach(command: &mut Command) {
    command.process_group(0);
}

/// There are no command lines here: what comes last is an argument like the others.
pub(crate) fn append_raw(command: &mut Command, tail: &str) {
    command.arg(tail);
}

/// Opens a lock file, making it where it is absent, never emptying it.
pub(crate) fn open_private_lock(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(OWNER_FILE).open(path)
}

/// Creates one folder that only the owner may enter.
pub(crate) fn create_private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(OWNER_FOLDER).create(path)
}

/// May anybody but the owner read it?
pub(crate) fn is_open_to_others(path: &Path) -> bool {
    path.metadata().is_ok_and(|meta| meta.mode() & OTHERS != 0)
}

/// Device and inode: equal for every name of one file.
pub(crate) fn file_id(path: &Path) -> io::Result<(u64, u64)> {
    path.metadata().map(|meta| (meta.dev(), meta.ino()))
}

/// Device number.
pub(crate) fn volume_id(path: &Path) -> io::Result<u64> {
    path.metadata().map(|meta| meta.dev())
}

/// Renames, replacing atomically.
pub(crate) fn rename_over(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::rename(from, to)
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Somebody who is connected to a database with a write-ahead log, whoever's process it is: everybody who is holds a
/// shared lock on byte 128 of its shared memory, and those that read or write hold one before it (SQLite, wal.c:
/// WALINDEX_LOCK_OFFSET; os_unix.c: UNIX_SHM_DMS). The shared memory is no database file, but closing it drops the
/// locks that this process itself has on it: only to be asked while there are none.
pub(crate) fn lock_holder(database: &Path) -> Option<Holder> {
    const LOCKS_AT: u64 = 120;
    const LOCKS: u64 = 9;
    let memory = File::open(with_suffix(database, "-shm")).ok()?;
    let mut asked = Flock::from(FlockType::WriteLock);
    (asked.start, asked.length) = (LOCKS_AT, LOCKS);
    let held = fcntl_getlk(&memory, &asked).ok()??;
    let pid = held.pid.map_or(0, |pid| pid.as_raw_nonzero().get().unsigned_abs());
    Some(Holder { pid, name: super::process_name(pid).unwrap_or_default() })
}

/// Gives a new file the owner of its folder, where this user may: who runs as root must not lock others out.
pub(crate) fn own_as(folder: &Path, file: &Path) -> io::Result<()> {
    let (model, own) = (folder.metadata()?, file.metadata()?);
    if (own.uid(), own.gid()) == (model.uid(), model.gid()) || !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    std::os::unix::fs::chown(file, Some(model.uid()), Some(model.gid()))
}

/// Gives a file the permissions and, where this user may, the owner of the one whose place it takes.
/// Nothing happens where there is no such file.
pub(crate) fn take_after(model: &Path, file: &Path, rights: Rights) -> io::Result<()> {
    let Some(meta) = crate::error::if_there(model.metadata())? else { return Ok(()) };
    let own = file.metadata()?;
    if (own.uid(), own.gid()) != (meta.uid(), meta.gid()) {
        std::os::unix::fs::chown(file, Some(meta.uid()), Some(meta.gid()))?;
    }
    let mode = match rights {
        Rights::AsModel => meta.mode() & 0o7777,
        Rights::OwnerWrites => (meta.mode() & 0o7777) | 0o600,
    };
    std::fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(mode))
}
