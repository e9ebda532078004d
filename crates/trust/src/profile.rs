//! How much of the standard is accepted.

/// Which documents are accepted at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Ed25519 only, length and SHA-256 everywhere, consistent snapshots, no delegations.
    Lifeboat,
    /// What the standard leaves open as well: for its conformance suite, never for an update.
    #[cfg(feature = "conformance")]
    Standard,
}

impl Profile {
    /// Nothing but what the profile of Lifeboat names.
    pub(crate) const fn is_strict(self) -> bool {
        match self {
            Self::Lifeboat => true,
            #[cfg(feature = "conformance")]
            Self::Standard => false,
        }
    }
}
