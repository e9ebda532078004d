//! Why a restore point was taken.

use std::fmt;

/// The reason a restore point exists. *Suspect* is a mark on a point, not a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PointKind {
    /// Asked for by a person.
    Manual,
    /// Taken by the schedule.
    Scheduled,
    /// Before a migration.
    PreMigration,
    /// Before a restore or an undo: what `undo` goes back to.
    PreRestore,
    /// Before a merge.
    PreMerge,
    /// Before an update of the application.
    PreUpdate,
    /// Before the data folder moves.
    PreMove,
}

impl PointKind {
    /// All kinds, in the order of the documentation.
    pub const ALL: [Self; 7] = [
        Self::Manual,
        Self::Scheduled,
        Self::PreMigration,
        Self::PreRestore,
        Self::PreMerge,
        Self::PreUpdate,
        Self::PreMove,
    ];

    /// The stable word for file names, JSON and the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Scheduled => "scheduled",
            Self::PreMigration => "pre-migration",
            Self::PreRestore => "pre-restore",
            Self::PreMerge => "pre-merge",
            Self::PreUpdate => "pre-update",
            Self::PreMove => "pre-move",
        }
    }

    /// Taken by Lifeboat before an act that can be taken back.
    #[must_use]
    pub const fn is_before_an_act(self) -> bool {
        !matches!(self, Self::Manual | Self::Scheduled)
    }

    /// Reads the stable word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl fmt::Display for PointKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back() {
        for kind in PointKind::ALL {
            assert_eq!(PointKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(PointKind::parse("suspect"), None);
    }
}
