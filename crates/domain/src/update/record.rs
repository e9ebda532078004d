//! What an installation writes down of its updates, beside what it trusts: who it is, when it looked last, what it
//! fetched, what it handed over.

use super::cohort::InstallId;
use super::hand_over::{HandOver, HandOverStage};
use super::release::{Release, Version};
use crate::id::SnapshotId;
use crate::sealed::{Unsealed, seal, unseal};
use crate::time::UtcMillis;
use serde::{Deserialize, Serialize};

const FORMAT: &str = "lifeboat-updates";
const FORMAT_VERSION: u32 = 1;

/// The last look at the share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastCheck {
    /// When.
    pub at: UtcMillis,
    /// A stable word for what came of it: of an offer, or the code of an error.
    pub outcome: String,
    /// The version that was seen as the newest.
    pub newest: Option<Version>,
}

/// An artifact that was fetched and verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Of which version.
    pub version: Version,
    /// File name in the depot.
    pub file: String,
    /// SHA-256 sum, in hexadecimal digits.
    pub sha256: String,
    /// Bytes.
    pub size_bytes: u64,
}

/// Everything that is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateRecord {
    /// Number of this installation.
    pub install: InstallId,
    /// The last look.
    pub last_check: Option<LastCheck>,
    /// What may be applied.
    pub fetched: Option<Fetched>,
    /// A hand-over of which it is not known yet how it went.
    pub hand_over: Option<HandOver>,
    /// The installer of the version that runs, where it came this way: the way back after the next update.
    pub current: Option<Fetched>,
    /// The installer of the version before, and the restore point that was taken when it was left.
    pub previous: Option<(Fetched, SnapshotId)>,
    /// Number of the memory when it was last written: one that is older, or gone, is not believed.
    pub memory_counter: u64,
    /// Releases that claim a version whose bytes are known to be others.
    pub refused: Vec<Refused>,
}

/// A release that is not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Its version.
    pub version: Version,
    /// What else it is: channel, platform, scope and sum.
    pub rest: String,
}

impl Refused {
    /// This release.
    #[must_use]
    pub fn of(release: &Release) -> Self {
        let rest = format!("{} {} {} {}", release.channel, release.platform, release.scope, release.sha256);
        Self { version: release.version.clone(), rest }
    }
}

impl UpdateRecord {
    /// Is this release one that is not believed?
    #[must_use]
    pub fn refuses(&self, release: &Release) -> bool {
        self.refused.contains(&Refused::of(release))
    }

    /// Of an installation about which nothing is known.
    #[must_use]
    pub const fn new(install: InstallId) -> Self {
        Self {
            install,
            last_check: None,
            fetched: None,
            hand_over: None,
            current: None,
            previous: None,
            memory_counter: 0,
            refused: Vec::new(),
        }
    }
}

/// Why bytes are no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Not the bytes that were written.
    #[error("the record of updates is damaged")]
    Damaged,
    /// Written by a newer Lifeboat.
    #[error("the record of updates was written by a newer version")]
    Newer,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    install: String,
    last_check: Option<WireCheck>,
    fetched: Option<WireFetched>,
    hand_over: Option<WireHandOver>,
    current: Option<WireFetched>,
    previous: Option<WirePrevious>,
    memory_counter: u64,
    refused: Vec<WireRefused>,
}

#[derive(Serialize, Deserialize)]
struct WireRefused {
    version: String,
    rest: String,
}

#[derive(Serialize, Deserialize)]
struct WireCheck {
    at_ms: i64,
    outcome: String,
    newest: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct WireFetched {
    version: String,
    file: String,
    sha256: String,
    size_bytes: u64,
}

#[derive(Serialize, Deserialize)]
struct WirePrevious {
    installer: WireFetched,
    point: String,
}

#[derive(Serialize, Deserialize)]
struct WireHandOver {
    from: String,
    to: String,
    installer: String,
    sha256: String,
    size_bytes: u64,
    point: String,
    stage: WireStage,
    at_ms: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
enum WireStage {
    Prepared,
    Started,
    Ended { status: Option<i32> },
}

impl UpdateRecord {
    /// The bytes of a record.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let wire = Wire {
            install: self.install.to_string(),
            last_check: self.last_check.as_ref().map(|check| WireCheck {
                at_ms: check.at.0,
                outcome: check.outcome.clone(),
                newest: check.newest.as_ref().map(Version::to_string),
            }),
            fetched: self.fetched.as_ref().map(WireFetched::of),
            hand_over: self.hand_over.as_ref().map(WireHandOver::of),
            current: self.current.as_ref().map(WireFetched::of),
            previous: self.previous.as_ref().map(|(installer, point)| WirePrevious {
                installer: WireFetched::of(installer),
                point: point.to_string(),
            }),
            memory_counter: self.memory_counter,
            refused: self
                .refused
                .iter()
                .map(|refused| WireRefused {
                    version: refused.version.to_string(),
                    rest: refused.rest.clone(),
                })
                .collect(),
        };
        seal(FORMAT, FORMAT_VERSION, wire)
    }

    /// Reads a record.
    ///
    /// # Errors
    /// Not the exact bytes that were written, or a newer version.
    pub fn decode(bytes: &[u8]) -> Result<Self, RecordError> {
        let wire: Wire = unseal(bytes, FORMAT, FORMAT_VERSION).map_err(|error| match error {
            Unsealed::UnknownVersion(_) => RecordError::Newer,
            Unsealed::Malformed(_) | Unsealed::Mismatch => RecordError::Damaged,
        })?;
        wire.read().ok_or(RecordError::Damaged)
    }
}

impl Wire {
    fn read(self) -> Option<UpdateRecord> {
        let last_check = match self.last_check {
            None => None,
            Some(check) => {
                let newest = match check.newest {
                    None => None,
                    Some(text) => Some(text.parse().ok()?),
                };
                Some(LastCheck { at: UtcMillis(check.at_ms), outcome: check.outcome, newest })
            }
        };
        let previous = match self.previous {
            None => None,
            Some(previous) => Some((previous.installer.read()?, SnapshotId::parse(&previous.point).ok()?)),
        };
        let fetched = |wire: Option<WireFetched>| match wire {
            None => Some(None),
            Some(wire) => wire.read().map(Some),
        };
        let hand_over = match self.hand_over {
            None => None,
            Some(wire) => Some(wire.read()?),
        };
        let refused = self
            .refused
            .into_iter()
            .map(|refused| Some(Refused { version: refused.version.parse().ok()?, rest: refused.rest }));
        Some(UpdateRecord {
            install: InstallId::parse(&self.install)?,
            last_check,
            fetched: fetched(self.fetched)?,
            hand_over,
            current: fetched(self.current)?,
            previous,
            memory_counter: self.memory_counter,
            refused: refused.collect::<Option<_>>()?,
        })
    }
}

impl WireFetched {
    fn of(fetched: &Fetched) -> Self {
        Self {
            version: fetched.version.to_string(),
            file: fetched.file.clone(),
            sha256: fetched.sha256.clone(),
            size_bytes: fetched.size_bytes,
        }
    }

    fn read(self) -> Option<Fetched> {
        let version = self.version.parse().ok()?;
        Some(Fetched { version, file: self.file, sha256: self.sha256, size_bytes: self.size_bytes })
    }
}

impl WireHandOver {
    fn of(hand_over: &HandOver) -> Self {
        let stage = match hand_over.stage {
            HandOverStage::Prepared => WireStage::Prepared,
            HandOverStage::Started => WireStage::Started,
            HandOverStage::Ended { status } => WireStage::Ended { status },
        };
        Self {
            from: hand_over.from.to_string(),
            to: hand_over.to.to_string(),
            installer: hand_over.installer.clone(),
            sha256: hand_over.sha256.clone(),
            size_bytes: hand_over.size_bytes,
            point: hand_over.point.to_string(),
            stage,
            at_ms: hand_over.at.0,
        }
    }

    fn read(self) -> Option<HandOver> {
        let stage = match self.stage {
            WireStage::Prepared => HandOverStage::Prepared,
            WireStage::Started => HandOverStage::Started,
            WireStage::Ended { status } => HandOverStage::Ended { status },
        };
        Some(HandOver {
            from: self.from.parse().ok()?,
            to: self.to.parse().ok()?,
            installer: self.installer,
            sha256: self.sha256,
            size_bytes: self.size_bytes,
            point: SnapshotId::parse(&self.point).ok()?,
            stage,
            at: UtcMillis(self.at_ms),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fetched(version: &str) -> Fetched {
        Fetched {
            version: version.parse().unwrap(),
            file: format!("ab.till-{version}.exe"),
            sha256: "ab".to_owned(),
            size_bytes: 7,
        }
    }

    fn full() -> UpdateRecord {
        let point = SnapshotId::from_parts(1, [3; 10]);
        UpdateRecord {
            install: InstallId::from_random([7; 16]),
            last_check: Some(LastCheck {
                at: UtcMillis(5),
                outcome: "available".to_owned(),
                newest: Some("1.1.0".parse().unwrap()),
            }),
            fetched: Some(fetched("1.1.0")),
            hand_over: Some(HandOver {
                from: "1.0.0".parse().unwrap(),
                to: "1.1.0".parse().unwrap(),
                installer: "x".to_owned(),
                sha256: "y".to_owned(),
                size_bytes: 9,
                point,
                stage: HandOverStage::Ended { status: Some(2) },
                at: UtcMillis(6),
            }),
            current: Some(fetched("1.0.0")),
            previous: Some((fetched("0.9.0"), point)),
            memory_counter: 4,
            refused: vec![Refused { version: "1.4.0".parse().unwrap(), rest: "ab".to_owned() }],
        }
    }

    #[test]
    fn a_record_reads_back_and_a_damaged_one_does_not() {
        for record in [full(), UpdateRecord::new(InstallId::from_random([9; 16]))] {
            assert_eq!(UpdateRecord::decode(&record.encode()), Ok(record.clone()));
        }
        let mut bytes = full().encode();
        bytes[60] ^= 1;
        assert_eq!(UpdateRecord::decode(&bytes), Err(RecordError::Damaged));
        assert_eq!(UpdateRecord::decode(b""), Err(RecordError::Damaged));
        let newer = String::from_utf8(full().encode()).unwrap().replace("\"version\": 1,", "\"version\": 2,");
        assert_eq!(UpdateRecord::decode(newer.as_bytes()), Err(RecordError::Newer));
    }
}
