//! Acts that change the live database, as records: written as an intent before the first change, kept as
//! the last act afterwards, so that an interrupted act can be finished and a finished one taken back.

use crate::digest::Digest;
use crate::id::SnapshotId;
use crate::sealed::{Unsealed, seal, unseal};
use crate::swap::{Part, PartRecord, SwapIntent};
use crate::time::UtcMillis;
use serde::{Deserialize, Serialize};

/// The version that this build writes, and the only one it reads.
pub const FORMAT_VERSION: u32 = 1;

const FORMAT: &str = "lifeboat-act";

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// A restore.
    Restore,
    /// An undo, which is a restore of the state before the last act and can be undone itself.
    Undo,
    /// A migration.
    Migrate,
    /// Work of the application's own migrator, guarded.
    Guard,
    /// Damaged files were set aside.
    Quarantine,
    /// The database was moved to another place.
    Relocate,
    /// Another copy was merged into it.
    Merge,
}

impl Verb {
    /// All verbs.
    pub const ALL: [Self; 7] = [
        Self::Restore,
        Self::Undo,
        Self::Migrate,
        Self::Guard,
        Self::Quarantine,
        Self::Relocate,
        Self::Merge,
    ];

    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Restore => "restore",
            Self::Undo => "undo",
            Self::Migrate => "migrate",
            Self::Guard => "guard",
            Self::Quarantine => "quarantine",
            Self::Relocate => "relocate",
            Self::Merge => "merge",
        }
    }
}

/// How the act changes the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// Through the engine, in one transaction.
    InPlace {
        /// The live schema cookie before the install; an install raises it by one.
        cookie_before: i64,
    },
    /// By exchanging files.
    Swap(SwapIntent),
    /// Steps in transactions of the engine, with the ledger in each.
    Steps {
        /// Number of the last step that was done before.
        head_before: u32,
    },
    /// By somebody else's program, in a way that we cannot see into.
    Guarded,
    /// In one transaction that writes the act's id down in the database itself.
    Marked,
    /// As in place, with what two copies amount to that no journal connects. Merged once more, rows that came over would come
    /// again: so it is kept what was merged.
    Compared {
        /// The live schema cookie before the install.
        cookie_before: i64,
        /// The other copy, as it was.
        other: Digest,
        /// Where it was.
        file: String,
    },
}

/// One act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Identity of the act.
    pub id: SnapshotId,
    /// What was asked for.
    pub verb: Verb,
    /// When it began.
    pub begun: UtcMillis,
    /// The point that is put in place; `None` where an undo puts quarantined files back.
    pub point: Option<SnapshotId>,
    /// The point that holds the state before the act, where one could be made.
    pub safety: Option<SnapshotId>,
    /// How.
    pub way: Way,
}

/// Why bytes are not an act record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// Not readable, or some bit is not the one that was written.
    #[error("the act record is damaged")]
    Damaged,
    /// A version that this build does not know.
    #[error("the act record has format version {0}, this build reads {FORMAT_VERSION}")]
    UnknownVersion(u32),
}

#[derive(Serialize, Deserialize)]
struct Wire {
    id: String,
    verb: String,
    begun: String,
    point: Option<String>,
    safety: Option<String>,
    cookie_before: Option<i64>,
    swap: Option<WireSwap>,
    head_before: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    compared: Option<WireCompared>,
}

#[derive(Serialize, Deserialize)]
struct WireCompared {
    other: String,
    file: String,
}

#[derive(Serialize, Deserialize)]
struct WireSwap {
    database: String,
    set: String,
    outgoing: Vec<WirePart>,
    incoming: Vec<WirePart>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    moved_to: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct WirePart {
    suffix: String,
    size_bytes: u64,
    blake3: String,
}

/// Writes an act record.
#[must_use]
pub fn encode(act: &Act) -> Vec<u8> {
    let (cookie_before, swap, head_before) = match &act.way {
        Way::InPlace { cookie_before } | Way::Compared { cookie_before, .. } => {
            (Some(*cookie_before), None, None)
        }
        Way::Swap(intent) => (None, Some(swap_to_wire(intent)), None),
        Way::Steps { head_before } => (None, None, Some(*head_before)),
        Way::Guarded | Way::Marked => (None, None, None),
    };
    let compared = match &act.way {
        Way::Compared { other, file, .. } => {
            Some(WireCompared { other: other.to_string(), file: file.clone() })
        }
        _ => None,
    };
    let wire = Wire {
        id: act.id.to_string(),
        verb: act.verb.as_str().to_owned(),
        begun: act.begun.rfc3339(),
        point: act.point.map(|id| id.to_string()),
        safety: act.safety.map(|id| id.to_string()),
        cookie_before,
        swap,
        head_before,
        compared,
    };
    seal(FORMAT, FORMAT_VERSION, wire)
}

/// Reads an act record.
///
/// # Errors
/// [`ActError`]; nothing is guessed from a damaged record.
pub fn decode(bytes: &[u8]) -> Result<Act, ActError> {
    let wire = unseal(bytes, FORMAT, FORMAT_VERSION).map_err(|e| match e {
        Unsealed::UnknownVersion(version) => ActError::UnknownVersion(version),
        Unsealed::Malformed(_) | Unsealed::Mismatch => ActError::Damaged,
    })?;
    from_wire(wire).ok_or(ActError::Damaged)
}

fn swap_to_wire(intent: &SwapIntent) -> WireSwap {
    let parts = |records: &[PartRecord]| {
        let wire = |r: &PartRecord| WirePart {
            suffix: r.part.suffix().to_owned(),
            size_bytes: r.size_bytes,
            blake3: r.digest.to_string(),
        };
        records.iter().map(wire).collect()
    };
    WireSwap {
        database: intent.database.clone(),
        set: intent.set.clone(),
        outgoing: parts(&intent.outgoing),
        incoming: parts(&intent.incoming),
        moved_to: intent.moved_to.clone(),
    }
}

fn from_wire(w: Wire) -> Option<Act> {
    let id = |text: Option<String>| match text {
        Some(text) => SnapshotId::parse(&text).ok().map(Some),
        None => Some(None),
    };
    let way = match (w.cookie_before, w.swap, w.head_before) {
        (Some(cookie_before), None, None) => match w.compared {
            None => Way::InPlace { cookie_before },
            Some(compared) => {
                Way::Compared { cookie_before, other: Digest::parse(&compared.other)?, file: compared.file }
            }
        },
        (None, Some(swap), None) => Way::Swap(swap_from_wire(swap)?),
        (None, None, Some(head_before)) => Way::Steps { head_before },
        (None, None, None) if w.verb == Verb::Guard.as_str() => Way::Guarded,
        (None, None, None) if w.verb == Verb::Merge.as_str() => Way::Marked,
        _ => return None,
    };
    Some(Act {
        id: SnapshotId::parse(&w.id).ok()?,
        verb: Verb::ALL.into_iter().find(|v| v.as_str() == w.verb)?,
        begun: UtcMillis::parse_rfc3339(&w.begun)?,
        point: id(w.point)?,
        safety: id(w.safety)?,
        way,
    })
}

fn swap_from_wire(w: WireSwap) -> Option<SwapIntent> {
    let parts = |records: Vec<WirePart>| -> Option<Vec<PartRecord>> {
        let part = |p: WirePart| {
            Some(PartRecord {
                part: Part::ALL.into_iter().find(|part| part.suffix() == p.suffix)?,
                size_bytes: p.size_bytes,
                digest: Digest::parse(&p.blake3)?,
            })
        };
        records.into_iter().map(part).collect()
    };
    Some(SwapIntent {
        database: w.database,
        set: w.set,
        outgoing: parts(w.outgoing)?,
        incoming: parts(w.incoming)?,
        moved_to: w.moved_to,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn act(way: Way) -> Act {
        let id = SnapshotId::from_parts(5, [1; 10]);
        Act { id, verb: Verb::Undo, begun: UtcMillis(9), point: Some(id), safety: None, way }
    }

    #[test]
    fn every_way_reads_back() {
        let record = PartRecord { part: Part::Wal, size_bytes: 3, digest: Digest::of(b"abc") };
        let intent = SwapIntent {
            database: "a b.db".into(),
            set: "s".into(),
            outgoing: vec![record.clone()],
            incoming: vec![record],
            moved_to: Some("/elsewhere/a b.db".into()),
        };
        for way in [
            Way::InPlace { cookie_before: -4 },
            Way::Swap(intent),
            Way::Steps { head_before: 3 },
            Way::Compared { cookie_before: 2, other: Digest::of(b"o"), file: "/a b.db".into() },
        ] {
            let act = act(way);
            assert_eq!(decode(&encode(&act)), Ok(act));
        }
        assert_eq!(decode(b"{}"), Err(ActError::Damaged));
    }
}
