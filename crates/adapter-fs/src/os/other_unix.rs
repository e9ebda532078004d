//! macOS and the other Unixes: what Linux has and they do not.

use lifeboat_ports::{Holder, VolumeKind};
use std::fs::File;
use std::io;
use std::path::Path;

/// The cached pages of a file cannot be dropped here; the new handle reads what the system has.
pub(crate) fn open_medium(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Not used here: the hard-link way serves.
pub(crate) fn rename_no_replace(_from: &Path, _to: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Not told without another tool.
pub(crate) fn process_name(_pid: u32) -> Option<String> {
    None
}

/// Not told without another tool.
pub(crate) fn holders(_database: &Path) -> Vec<Holder> {
    Vec::new()
}

/// Not told; treated as local.
pub(crate) fn volume_kind(_path: &Path) -> io::Result<VolumeKind> {
    Ok(VolumeKind::Local)
}
