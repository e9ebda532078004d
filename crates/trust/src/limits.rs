//! Bounds on what is read, set before anything is parsed: whoever can write the share can put any bytes there.

use crate::role::Role;

/// Most bytes of a document of this role. A reader asks for one byte more and gives up where it gets it.
#[must_use]
pub const fn bytes_of(role: Role) -> usize {
    match role {
        Role::Root => 512 * 1024,
        Role::Timestamp => 16 * 1024,
        Role::Snapshot => 64 * 1024,
        Role::Targets => 1024 * 1024,
    }
}

/// Most steps from the root that is trusted to the newest one, in one refresh.
pub const ROOT_STEPS: u32 = 256;

/// Highest number of a document: what every reader of JSON holds exactly.
pub const HIGHEST_VERSION: u64 = 1 << 53;

/// Most values in one document: a megabyte of empty lists would take many times its size in memory.
pub(crate) const VALUES: u32 = 100_000;
