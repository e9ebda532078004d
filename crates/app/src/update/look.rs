//! One look at a share: the chain of roots, the pointer, what it leads to.

use super::refusal::{of_share, refused};
use crate::error::Error;
use lifeboat_domain::code::Code;
use lifeboat_domain::update::{Document, Place};
use lifeboat_ports::{PortErrorKind, UpdateSource};
use lifeboat_trust::{Profile, Remembered, Role, RootChain, TrustError, Trusted, Wanted, limits};
use std::time::Duration;

/// What was trusted in the end, and what stopped the look, if anything did.
pub(crate) struct Looked {
    /// Trusted now: what was remembered, and as much of what is new as was accepted.
    pub(crate) trusted: Trusted,
    /// Whole and accepted, or why not.
    pub(crate) outcome: Result<(), Error>,
}

/// How long a share may take to become whole.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) patience: Duration,
}

impl Pace {
    const PAUSE: Duration = Duration::from_millis(500);

    /// Waits once more, while there is patience.
    async fn wait(&mut self) -> bool {
        let pause = Self::PAUSE.min(self.patience);
        self.patience = self.patience.saturating_sub(Self::PAUSE);
        !pause.is_zero() && tokio::task::spawn_blocking(move || std::thread::sleep(pause)).await.is_ok()
    }
}

/// Looks, beginning at the root that came with the application or at what is remembered.
///
/// # Errors
/// Before anything could be trusted: no root leads further, and nothing that was remembered may be used either.
pub(crate) async fn look(
    source: &dyn UpdateSource,
    shipped: &[u8],
    remembered: &Remembered,
    mut pace: Pace,
) -> Result<Looked, Error> {
    let shown = source.shown();
    let begun = RootChain::begin(shipped, remembered.root.as_deref(), Profile::Lifeboat);
    let mut chain = begun.map_err(|error| refused("the root that came with the application", error))?;
    let walked = walk(source, &shown, &mut chain).await;
    let mut trusted = chain.settle(remembered);
    if walked.is_err() {
        return Ok(Looked { trusted, outcome: walked });
    }
    loop {
        match descend(source, &shown, &mut trusted).await {
            Err(error) if error.code() == Code::ReleaseIncomplete && pace.wait().await => {}
            outcome => return Ok(Looked { trusted, outcome }),
        }
    }
}

/// From the root that is trusted to the newest. A next root that is there and cannot be read is no missing one.
async fn walk(source: &dyn UpdateSource, shown: &str, chain: &mut RootChain) -> Result<(), Error> {
    for _ in 0..limits::ROOT_STEPS {
        let place = Place::Document(Document::Root, chain.version() + 1);
        match source.document(&place, limits::bytes_of(Role::Root)).await {
            Ok(bytes) => chain.next(&bytes).map_err(|error| refused(shown, error))?,
            Err(error) if error.kind() == PortErrorKind::NotFound => return Ok(()),
            Err(error) if error.kind() == PortErrorKind::LimitExceeded => {
                return Err(too_large(shown, Role::Root));
            }
            Err(error) => return Err(of_share(shown, error)),
        }
    }
    let cause = format!("{shown}: more than {} roots follow each other", limits::ROOT_STEPS);
    Err(Error::new(Code::MetadataRefused, cause, "install a newer version of the application by hand"))
}

/// Pointer, snapshot, targets.
async fn descend(source: &dyn UpdateSource, shown: &str, trusted: &mut Trusted) -> Result<(), Error> {
    let limit = limits::bytes_of(Role::Timestamp);
    let pointer = match source.document(&Place::Pointer, limit).await {
        Ok(pointer) => pointer,
        Err(error) if error.kind() == PortErrorKind::NotFound => return Err(nothing_published(shown)),
        Err(error) if error.kind() == PortErrorKind::LimitExceeded => {
            return Err(too_large(shown, Role::Timestamp));
        }
        Err(error) => return Err(of_share(shown, error)),
    };
    trusted.timestamp(&pointer).map_err(|error| refused(shown, error))?;
    if let Some(wanted) = trusted.wants_snapshot() {
        let bytes = fetch(source, shown, Document::Snapshot, &wanted).await?;
        trusted.snapshot(&bytes).map_err(|error| refused(shown, error))?;
    }
    if let Some(wanted) = trusted.wants_targets() {
        let bytes = fetch(source, shown, Document::Targets, &wanted).await?;
        trusted.targets(&bytes).map_err(|error| refused(shown, error))?;
    }
    Ok(())
}

async fn fetch(
    source: &dyn UpdateSource,
    shown: &str,
    document: Document,
    wanted: &Wanted,
) -> Result<Vec<u8>, Error> {
    match source.document(&Place::Document(document, wanted.version), wanted.limit).await {
        Err(error) if error.kind() == PortErrorKind::LimitExceeded => {
            Err(refused(shown, TrustError::NotAnnounced { role: wanted.role }))
        }
        fetched => fetched.map_err(|error| of_share(shown, error)),
    }
}

fn too_large(shown: &str, role: Role) -> Error {
    refused(shown, TrustError::TooLarge { role, limit: limits::bytes_of(role) })
}

fn nothing_published(shown: &str) -> Error {
    let cause = format!("{shown}: nothing was published there yet");
    Error::new(Code::NothingPublished, cause, "publish a release: `lifeboat publish FILE --version VERSION`")
}

/// What was trusted before, from what is remembered alone.
pub(crate) fn recollect(shipped: &[u8], remembered: &Remembered) -> Option<Trusted> {
    let chain = RootChain::begin(shipped, remembered.root.as_deref(), Profile::Lifeboat).ok()?;
    Some(chain.settle(remembered))
}
