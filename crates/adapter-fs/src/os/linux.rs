//! Linux: page cache, rename without replacement, who holds a file, kind of a volume.

use lifeboat_ports::{Holder, VolumeKind};
use rustix::fs::{Advice, CWD, RenameFlags};
use std::fs::File;
use std::io;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

/// Bytes that are asked for ahead of the reader, and how often.
const AHEAD_BYTES: u64 = 16 * 1024 * 1024;
const AHEAD_EVERY_BYTES: u64 = 8 * 1024 * 1024;

/// Drops the clean cached pages of a file, so that the next read comes from the medium (posix_fadvise(2)).
pub(crate) fn drop_cached_pages(file: &File) -> io::Result<()> {
    Ok(rustix::fs::fadvise(file, 0, None, Advice::DontNeed)?)
}

/// Asks the system to read ahead of a sequential reader at `at_bytes`. Only a hint.
pub(crate) fn read_ahead(file: &File, at_bytes: u64) {
    if at_bytes.is_multiple_of(AHEAD_EVERY_BYTES) {
        let _ = rustix::fs::fadvise(file, at_bytes, NonZeroU64::new(AHEAD_BYTES), Advice::WillNeed);
    }
}

/// renameat2(2) with RENAME_NOREPLACE; `Unsupported` where the file system has it not.
pub(crate) fn rename_no_replace(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::io::Errno;
    match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => Err(io::ErrorKind::Unsupported.into()),
        Err(error) => Err(error.into()),
    }
}

/// Name of a process, as the kernel shortens it.
pub(crate) fn process_name(pid: u32) -> Option<String> {
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
    Some(name.trim_end().to_owned())
}

/// Other processes that have the database or one of its sidecars open, as far as this user may see.
pub(crate) fn holders(database: &Path) -> Vec<Holder> {
    let own = std::process::id();
    let names: Vec<PathBuf> =
        ["", "-wal", "-journal", "-shm"].iter().map(|s| crate::durable::with_suffix(database, s)).collect();
    let processes = Path::new("/proc").read_dir().into_iter().flatten().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| *pid != own && has_open(*pid, &names))
        .map(|pid| Holder { pid, name: process_name(pid).unwrap_or_default() })
        .collect()
}

fn has_open(pid: u32, names: &[PathBuf]) -> bool {
    let handles = Path::new("/proc").join(pid.to_string()).join("fd").read_dir();
    handles
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|h| h.path().read_link().ok())
        .any(|p| names.contains(&p))
}

/// Network or local, by the file system's magic number (statfs(2), linux/magic.h).
pub(crate) fn volume_kind(path: &Path) -> io::Result<VolumeKind> {
    let magic = rustix::fs::statfs(path)?.f_type;
    Ok(match u32::try_from(magic & 0xffff_ffff).unwrap_or(0) {
        0x6969 => VolumeKind::Network { protocol: "NFS" },
        0xff53_4d42 | 0xfe53_4d42 | 0x517b => VolumeKind::Network { protocol: "SMB" },
        0x5346_414f | 0x6b41_4653 => VolumeKind::Network { protocol: "AFS" },
        0x00c3_6400 => VolumeKind::Network { protocol: "Ceph" },
        0x0102_1997 => VolumeKind::Network { protocol: "9P" },
        _ => VolumeKind::Local,
    })
}
