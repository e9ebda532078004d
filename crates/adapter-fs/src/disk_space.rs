//! Free bytes and kind of a volume.

use crate::error::from_io;
use crate::{blocking, os};
use async_trait::async_trait;
use lifeboat_domain::preflight::VolumeSpace;
use lifeboat_ports::{DiskSpace, PortError, Volume};
use std::path::Path;

/// The volumes of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemDiskSpace;

#[async_trait]
impl DiskSpace for SystemDiskSpace {
    async fn volume(&self, path: &Path) -> Result<Volume, PortError> {
        let path = path.to_path_buf();
        blocking::run("look at the volume", move || look(&path)).await
    }
}

fn look(path: &Path) -> Result<Volume, PortError> {
    let fail = |error| from_io("look at the volume of", path, error);
    let there = nearest_existing(path).map_err(fail)?;
    let total_bytes = fs4::total_space(there).map_err(fail)?;
    let free_bytes = fs4::available_space(there).map_err(fail)?.min(total_bytes);
    let volume = os::volume_id(there).map_err(fail)?;
    let kind = os::volume_kind(there).map_err(fail)?;
    Ok(Volume { space: VolumeSpace { volume, free_bytes, total_bytes }, kind })
}

fn nearest_existing(path: &Path) -> std::io::Result<&Path> {
    let mut at = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    loop {
        match at.metadata() {
            Ok(_) => return Ok(at),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => match at.parent() {
                Some(parent) if parent.as_os_str().is_empty() => return Ok(Path::new(".")),
                Some(parent) => at = parent,
                None => return Err(error),
            },
            Err(error) => return Err(error),
        }
    }
}
