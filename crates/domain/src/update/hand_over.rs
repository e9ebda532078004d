//! A hand-over to an installer, from the moment at which it is decided to the next start that tells how it went.

use super::release::Version;
use crate::id::SnapshotId;
use crate::time::UtcMillis;

/// How far it got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandOverStage {
    /// Everything is ready; the installer was not started.
    Prepared,
    /// The installer was started.
    Started,
    /// The installer ended while we watched; 0 is its word for success.
    Ended {
        /// Its exit status; none where a signal ended it.
        status: Option<i32>,
    },
}

/// A hand-over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOver {
    /// What ran before.
    pub from: Version,
    /// What shall run after.
    pub to: Version,
    /// File name of the installer in the depot.
    pub installer: String,
    /// SHA-256 sum of the installer, in hexadecimal digits.
    pub sha256: String,
    /// Bytes of the installer.
    pub size_bytes: u64,
    /// The restore point that was taken for it.
    pub point: SnapshotId,
    /// How far it got.
    pub stage: HandOverStage,
    /// When.
    pub at: UtcMillis,
}

/// What the version that runs now says of a hand-over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// The new version runs.
    Confirmed,
    /// The installer was never started; the old version runs on.
    NotStarted,
    /// The installer was started and has not told how it ended; the old version runs.
    Unfinished,
    /// The installer ended with an error; the old version runs.
    Failed {
        /// Its exit status; none where a signal ended it.
        status: Option<i32>,
    },
    /// The installer ended well by its own word, and the old version runs.
    NoEffect,
    /// A version runs that the hand-over does not know.
    Elsewhere,
}

impl Settled {
    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::NotStarted => "not-started",
            Self::Unfinished => "unfinished",
            Self::Failed { .. } => "failed",
            Self::NoEffect => "no-effect",
            Self::Elsewhere => "elsewhere",
        }
    }
}

impl HandOver {
    /// How it went, by the version that runs now.
    #[must_use]
    pub fn settle(&self, running: &Version) -> Settled {
        if *running == self.to {
            return Settled::Confirmed;
        }
        if *running != self.from {
            return Settled::Elsewhere;
        }
        match self.stage {
            HandOverStage::Prepared => Settled::NotStarted,
            HandOverStage::Started => Settled::Unfinished,
            HandOverStage::Ended { status: Some(0) } => Settled::NoEffect,
            HandOverStage::Ended { status } => Settled::Failed { status },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_that_runs_decides_before_anything_that_was_written_down() {
        let version = |text: &str| text.parse::<Version>().unwrap();
        let at = |stage| HandOver {
            from: version("1.0.0"),
            to: version("1.1.0"),
            installer: "x".to_owned(),
            sha256: "y".to_owned(),
            size_bytes: 1,
            point: SnapshotId::from_parts(1, [0; 10]),
            stage,
            at: UtcMillis(0),
        };
        let ended = |status| HandOverStage::Ended { status };
        let cases = [
            (HandOverStage::Prepared, Settled::NotStarted),
            (HandOverStage::Started, Settled::Unfinished),
            (ended(Some(0)), Settled::NoEffect),
            (ended(Some(2)), Settled::Failed { status: Some(2) }),
            (ended(None), Settled::Failed { status: None }),
        ];
        for (stage, still_old) in cases {
            assert_eq!(at(stage).settle(&version("1.1.0")), Settled::Confirmed);
            assert_eq!(at(stage).settle(&version("1.0.0")), still_old);
            assert_eq!(at(stage).settle(&version("0.9.0")), Settled::Elsewhere);
        }
    }
}
