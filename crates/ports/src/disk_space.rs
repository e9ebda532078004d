//! Volumes: how much room there is, and of what kind they are.

use crate::PortError;
use async_trait::async_trait;
use lifeboat_domain::preflight::VolumeSpace;
use std::path::Path;

/// What kind of volume a path lies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VolumeKind {
    /// A disk of this machine, or unknown.
    Local,
    /// A share of another machine: the locks of a database do not hold there.
    Network {
        /// Name of the protocol, for the message.
        protocol: &'static str,
    },
}

/// A volume as seen from one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// Identity and bytes.
    pub space: VolumeSpace,
    /// Local or network.
    pub kind: VolumeKind,
}

/// Looks at volumes.
///
/// # Contract
/// - `volume` looks at the nearest existing ancestor of `path`, so that a file that is still to be made can be
///   asked about. It changes nothing on disk and opens no file.
/// - `free_bytes` is what the caller may still write, quotas and reserved blocks deducted where the system
///   tells; it is never larger than `total_bytes`.
/// - Two paths on one volume give the same `volume` id within a process.
#[async_trait]
pub trait DiskSpace: Send + Sync {
    /// The volume that `path` lies on.
    ///
    /// # Errors
    /// `NotFound` where no ancestor exists, `PermissionDenied`, `Io`.
    async fn volume(&self, path: &Path) -> Result<Volume, PortError>;
}
