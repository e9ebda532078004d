//! Linux: page cache, rename without replacement, who holds a file, kind of a volume.

use lifeboat_ports::{Holder, VolumeKind};
use rustix::fs::{Advice, CWD, OFlags, RenameFlags};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Opens a file for reads that come from the medium: unbuffered (open(2), O_DIRECT), which leaves the cached
/// pages to others; where the file system has no such reads, buffered, with the cached pages dropped first.
pub(crate) fn open_medium(path: &Path) -> io::Result<File> {
    let direct = i32::try_from(OFlags::DIRECT.bits()).expect("because open flags are ints");
    match OpenOptions::new().read(true).custom_flags(direct).open(path) {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
            let file = File::open(path)?;
            rustix::fs::fadvise(&file, 0, None, Advice::DontNeed)?;
            Ok(file)
        }
        done => done,
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
