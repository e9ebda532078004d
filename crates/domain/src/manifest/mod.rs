//! Lifeboat's description of a restore point. A point exists if and only if its manifest does.

mod wire;

pub use wire::{FORMAT_VERSION, ManifestError, decode, encode};

use crate::digest::Digest;
use crate::findings::{Findings, NotChecked};
use crate::id::SnapshotId;
use crate::kind::PointKind;
use crate::name::PointStem;
use crate::schema::DatabaseFacts;
use crate::time::UtcMillis;
use crate::trust::Trust;

/// Everything that is known about one restore point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Identity.
    pub id: SnapshotId,
    /// Why it was taken.
    pub kind: PointKind,
    /// Words of the person who asked for it.
    pub note: Option<String>,
    /// Position in the vault; rises by one, never falls, whatever the clock does.
    pub sequence: u64,
    /// When the capture was made. For people; order comes from `sequence`.
    pub created: UtcMillis,
    /// File name of the database.
    pub database: String,
    /// Version that the application gave, if it gave one.
    pub app_version: Option<String>,
    /// Version of Lifeboat that wrote this.
    pub lifeboat_version: String,
    /// Header, schema and counts of the source at the pinned instant.
    pub facts: DatabaseFacts,
    /// Size of the point's file in bytes.
    pub size_bytes: u64,
    /// BLAKE3 of the point's file as read back from the medium.
    pub digest: Digest,
    /// The point before this one in the same vault.
    pub parent: Option<SnapshotId>,
    /// Level of proof and when it was reached.
    pub trust: Trust,
    /// What the examination found; a damaged or orphaned source keeps its findings here.
    pub findings: Findings,
    /// What could not be examined.
    pub not_checked: Vec<NotChecked>,
    /// The source was damaged when this was taken: kept, but never pushes a good point out.
    pub suspect: bool,
}

impl Manifest {
    /// The file name without ending that belongs to this point.
    #[must_use]
    pub fn stem(&self) -> PointStem {
        PointStem::compose(&self.database, self.created, self.sequence, self.kind)
    }

    /// Says the same of the same point as `older` did, with a proof that is as new or newer.
    #[must_use]
    pub fn succeeds(&self, older: &Self) -> bool {
        let proven_alike = Self { trust: self.trust, ..older.clone() };
        *self == proven_alike && self.trust.at >= older.trust.at
    }
}
