//! One volume with as much room as a test gives it.

use async_trait::async_trait;
use lifeboat_domain::preflight::VolumeSpace;
use lifeboat_ports::{DiskSpace, PortError, Volume, VolumeKind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// A volume that holds every path. Clones share it.
#[derive(Debug, Clone)]
pub struct MemoryDiskSpace(Arc<Mutex<Volume>>);

impl Default for MemoryDiskSpace {
    fn default() -> Self {
        let space = VolumeSpace { volume: 1, free_bytes: 1 << 40, total_bytes: 1 << 41 };
        Self(Arc::new(Mutex::new(Volume { space, kind: VolumeKind::Local })))
    }
}

impl MemoryDiskSpace {
    /// Leaves so many bytes free.
    pub fn leave(&self, free_bytes: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).space.free_bytes = free_bytes;
    }

    /// Makes it a share.
    pub fn become_network(&self, protocol: &'static str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).kind = VolumeKind::Network { protocol };
    }
}

#[async_trait]
impl DiskSpace for MemoryDiskSpace {
    async fn volume(&self, _path: &Path) -> Result<Volume, PortError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}
