//! Updates on a share: what clients read and publishers write, over a path that the system reaches (a folder, a mounted
//! share, a UNC path).
//!
//! Nothing here judges what it reads: bytes go to `lifeboat-trust`. No call on a share waits longer than its deadline, and no
//! file on a share is opened by following a link.

mod blocking;
mod deadline;
mod error;
mod folder;

pub use folder::FolderShare;

use std::time::Duration;

/// How long one call on a share may take before the share counts as unreachable.
pub const DEADLINE: Duration = Duration::from_secs(15);
