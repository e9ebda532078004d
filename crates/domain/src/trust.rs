//! How far a restore point has been proven. The order of the levels is the order of trust.

use crate::time::UtcMillis;
use std::fmt;

/// What has been shown about the bytes of a point; each level includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TrustLevel {
    /// Copied, nothing shown.
    Captured,
    /// Read again from the medium through a new handle; the digest of those bytes is in the manifest.
    Hashed,
    /// Structure, foreign keys, table list, row counts and schema agree with the pinned source.
    Checked,
    /// Restored to scratch, opened, counted.
    Drilled,
}

impl TrustLevel {
    /// All levels, rising.
    pub const ALL: [Self; 4] = [Self::Captured, Self::Hashed, Self::Checked, Self::Drilled];

    /// The stable word for JSON and the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Captured => "captured",
            Self::Hashed => "hashed",
            Self::Checked => "checked",
            Self::Drilled => "drilled",
        }
    }

    /// Reads the stable word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == word)
    }
}

/// What reading a stored point again has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Every byte is the one whose digest the manifest holds.
    AsProven,
    /// Some byte is not.
    Other,
}

impl TrustLevel {
    /// The level after a stored point was read again. Bytes that are not the proven ones are a mere capture. Where
    /// they are the proven ones, so is what was shown of them before the manifest was written: checked.
    #[must_use]
    pub fn after(self, reading: Reading) -> Self {
        match reading {
            Reading::Other => Self::Captured,
            Reading::AsProven => self.max(Self::Checked),
        }
    }
}

impl fmt::Display for TrustLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A level together with the moment it was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trust {
    /// The level shown.
    pub level: TrustLevel,
    /// When it was shown.
    pub at: UtcMillis,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_takes_all_trust_and_bytes_that_are_back_bring_the_check_back() {
        assert_eq!(TrustLevel::Drilled.after(Reading::Other), TrustLevel::Captured);
        assert_eq!(TrustLevel::Captured.after(Reading::AsProven), TrustLevel::Checked);
        assert_eq!(TrustLevel::Drilled.after(Reading::AsProven), TrustLevel::Drilled);
    }
}
