//! The publisher's side: keys, roots, and the next edition of a repository. Still pure: seeds and instants come in,
//! bytes go out.

mod document;
mod edition;
mod root;
mod secret;

pub use document::{Standing, cosign, standing};
pub use edition::{Change, Edition, Lifetimes, NewRoot, Numbered, Terms, edition};
pub use root::{RootPlan, first_root, next_root, version_of_root};
pub use secret::{SecretKey, SecretKeyError};

use crate::error::TrustError;
use crate::role::Role;

/// Why nothing was signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// None of the keys at hand is one that the root names for the role, or too few are.
    #[error("the {role} needs {needed} of its keys, at hand are {at_hand}")]
    KeysMissing {
        /// Of which role.
        role: Role,
        /// How many of its keys are at hand.
        at_hand: usize,
        /// How many it takes.
        needed: usize,
    },
    /// What would be written is not what a client accepts.
    #[error("a client would refuse it: {0}")]
    Refused(#[from] TrustError),
    /// The name stands for other bytes already.
    #[error("a target of this name with other bytes is published already")]
    NameTaken,
    /// There is nothing published yet that could be signed again.
    #[error("nothing is published yet")]
    NothingPublished,
    /// Of what is published, a part was not read.
    #[error("what is published now is not completely known")]
    Incomplete,
}
