//! Publishing to a share: who may sign, what becomes visible in which order.
//!
//! Killed anywhere, clients see what they saw before or what is being published; a second run goes on.

mod edition;
mod examine;
mod keys;
mod release;
mod rotate;
mod shelf;

pub use edition::Basis;
pub use keys::{Ceremony, KeyRing, NewKeys};
pub use release::{Published, ReleaseOrder, Withdrawal};
pub use rotate::{RootDraft, Rotation};

use crate::error::Error;
use lifeboat_ports::{Clock, Entropy, Publisher, Takeover, UpdateSource, Watch};
use lifeboat_trust::UtcSeconds;
use std::sync::Arc;

/// The ports of publishing.
#[derive(Clone)]
pub struct PublishPorts {
    /// The share, as its clients see it.
    pub source: Arc<dyn UpdateSource>,
    /// The share, as its publisher does.
    pub publisher: Arc<dyn Publisher>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for keys.
    pub entropy: Arc<dyn Entropy>,
}

/// A share and its publisher. Cheap to clone.
#[derive(Clone)]
pub struct Publishing {
    pub(crate) ports: PublishPorts,
    pub(crate) watch: Watch,
    pub(crate) owner: String,
    pub(crate) takeover: Takeover,
    pub(crate) basis: Basis,
}

impl Publishing {
    /// Over any ports. `owner` is what others read who find the share locked.
    #[must_use]
    pub fn over(ports: PublishPorts, owner: impl Into<String>) -> Self {
        Self {
            ports,
            watch: Watch::silent(),
            owner: owner.into(),
            takeover: Takeover::AfterLease,
            basis: Basis::Share,
        }
    }

    /// The same with a listener and a way to cancel.
    #[must_use]
    pub fn watched(self, watch: Watch) -> Self {
        Self { watch, ..self }
    }

    /// Somebody said that whoever holds the lock is gone.
    #[must_use]
    pub fn taking_over(self) -> Self {
        Self { takeover: Takeover::Always, ..self }
    }

    /// Where the share is not as it was left: on what was published from here.
    #[must_use]
    pub fn resting_on(self, basis: Basis) -> Self {
        Self { basis, ..self }
    }

    /// The share.
    #[must_use]
    pub fn share(&self) -> String {
        self.ports.source.shown()
    }

    pub(crate) fn now(&self) -> UtcSeconds {
        UtcSeconds(self.ports.clock.utc_now().0.div_euclid(1000))
    }
}

impl std::fmt::Debug for Publishing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Publishing").field("share", &self.share()).finish_non_exhaustive()
    }
}

/// Why nothing was signed, in words.
pub(crate) fn unsigned(error: lifeboat_trust::sign::SignError) -> Error {
    use lifeboat_domain::code::Code;
    use lifeboat_trust::sign::SignError;
    let (code, next) = match &error {
        SignError::KeysMissing { .. } => {
            (Code::KeysMissing, "bring the key to the folder of keys: `--keys DIR`")
        }
        SignError::Refused(lifeboat_trust::TrustError::Signatures {
            role: lifeboat_trust::Role::Root,
            ..
        }) => (
            Code::RootIncomplete,
            "whoever has another key adds it: `lifeboat keys rotate DIR --sign ROOT --current OLDROOT`",
        ),
        SignError::Refused(_) => {
            (Code::MetadataRefused, "look at the keys and at what is published: `lifeboat update doctor`")
        }
        SignError::NameTaken => {
            (Code::VersionPublished, "give the file another name, or publish it under a new version")
        }
        SignError::NothingPublished => {
            (Code::NothingPublished, "publish a release first: `lifeboat publish FILE --version VERSION`")
        }
        SignError::Incomplete => {
            (Code::ReleaseIncomplete, "try again; if it stays, look at the share: `lifeboat update doctor`")
        }
    };
    Error::new(code, error.to_string(), next).state("clients see what they saw before").because(error)
}
