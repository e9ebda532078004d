//! The four roles of metadata, as values.

mod meta;
mod root;
mod snapshot;
mod sums;
mod targets;
mod timestamp;

pub use meta::MetaFile;
pub use root::{RoleKeys, Root};
pub use snapshot::Snapshot;
pub use targets::{Target, Targets};
pub use timestamp::Timestamp;

use std::fmt;

/// Who says what: the root names the keys of all, targets describe releases, the snapshot binds them together, the
/// timestamp says which snapshot is the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Names the keys of every role, its own included.
    Root,
    /// Says which snapshot is the newest.
    Timestamp,
    /// Says which targets belong together.
    Snapshot,
    /// Describes releases.
    Targets,
}

impl Role {
    /// Every role, in the order of their files.
    pub const ALL: [Self; 4] = [Self::Root, Self::Timestamp, Self::Snapshot, Self::Targets];

    /// The word of the format.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Timestamp => "timestamp",
            Self::Snapshot => "snapshot",
            Self::Targets => "targets",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
