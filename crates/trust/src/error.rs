//! Why metadata is refused. Names, numbers and roles only.

use crate::role::Role;

/// Why a document was refused. What was trusted before stays trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// More bytes than the role may have.
    #[error("the {role} is larger than {limit} bytes")]
    TooLarge {
        /// Of which role.
        role: Role,
        /// The bound in bytes.
        limit: usize,
    },
    /// No JSON of the accepted kind, or a field is missing or of another type: torn, empty or foreign bytes too.
    #[error("the {role} is malformed: {why}")]
    Malformed {
        /// Of which role.
        role: Role,
        /// What is wrong.
        why: String,
    },
    /// Well-formed, and not what this profile accepts.
    #[error("the {role} is outside the accepted profile: {why}")]
    OutsideProfile {
        /// Of which role.
        role: Role,
        /// What is not accepted.
        why: String,
    },
    /// Too few keys of the role signed it.
    #[error("the {role} is signed by {valid} of the {needed} keys that must sign it")]
    Signatures {
        /// Of which role.
        role: Role,
        /// Distinct keys of the role with a valid signature.
        valid: usize,
        /// The threshold.
        needed: usize,
    },
    /// A number other than the one that leads here.
    #[error("the {role} has version {found}, expected is {expected}")]
    WrongVersion {
        /// Of which role.
        role: Role,
        /// What it says.
        found: u64,
        /// What it must say.
        expected: u64,
    },
    /// Older than what was trusted before.
    #[error("the {role} has version {offered}, already seen is {seen}")]
    Rollback {
        /// Of which role.
        role: Role,
        /// What is offered.
        offered: u64,
        /// What was seen.
        seen: u64,
    },
    /// Other bytes than the document above names.
    #[error("the {role} is not the one that was announced")]
    NotAnnounced {
        /// Of which role.
        role: Role,
    },
    /// A step before this one is missing.
    #[error("the {role} was not asked for")]
    OutOfTurn {
        /// Of which role.
        role: Role,
    },
}

impl TrustError {
    /// Of which role.
    #[must_use]
    pub const fn role(&self) -> Role {
        match self {
            Self::TooLarge { role, .. }
            | Self::Malformed { role, .. }
            | Self::OutsideProfile { role, .. }
            | Self::Signatures { role, .. }
            | Self::WrongVersion { role, .. }
            | Self::Rollback { role, .. }
            | Self::NotAnnounced { role }
            | Self::OutOfTurn { role } => *role,
        }
    }
}
