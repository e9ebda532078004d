//! Updates from a share: look, fetch, hand over, and find out at the next start how it went.
//!
//! Nothing runs unverified: an installer is started from a local copy only, whose chain of trust, length and sum were checked
//! just before, through a handle that stays open. No update without its restore point.

mod apply;
mod check;
mod fetch;
mod look;
mod memory;
mod record;
mod refusal;
mod repair;
mod state;

pub use apply::{Applied, ApplyOrder, ApplyPlan};
pub use check::CheckReport;
pub use fetch::FetchReport;
pub use repair::RepairedUpdates;
pub use state::{UpdateStatus, WayBack};

pub(crate) use look::{Looked, Pace, look, recollect};
pub(crate) use refusal::{of_share, refused};

use crate::Lifeboat;
use lifeboat_domain::update::{HandOverCommand, Installed, Release, Scope};
use lifeboat_ports::{Depot, Installer, UpdateSource};
use lifeboat_trust::{Freshness, Targets, UtcSeconds};
use std::sync::Arc;
use std::time::Duration;

/// What a client needs to know of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateConfig {
    /// The root that came with the application.
    pub root: Vec<u8>,
    /// What is installed. The version is the one that runs: the floor below which nothing is ever offered.
    pub installed: Installed,
    /// How the installer is started.
    pub hand_over: HandOverCommand,
    /// How long a share may take to become whole while it is being published.
    pub patience: Duration,
}

/// The ports of updates.
#[derive(Clone)]
pub struct UpdatePorts {
    /// The share.
    pub source: Arc<dyn UpdateSource>,
    /// The local side.
    pub depot: Arc<dyn Depot>,
    /// Who starts installers.
    pub installer: Arc<dyn Installer>,
}

/// Updates of one installation and its database.
#[derive(Clone)]
pub struct Updates {
    pub(crate) boat: Lifeboat,
    pub(crate) ports: UpdatePorts,
    pub(crate) config: Arc<UpdateConfig>,
}

impl Updates {
    /// Over any ports.
    #[must_use]
    pub fn over(boat: Lifeboat, ports: UpdatePorts, config: UpdateConfig) -> Self {
        Self { boat, ports, config: Arc::new(config) }
    }

    /// The share that is looked at.
    #[must_use]
    pub fn share(&self) -> String {
        self.ports.source.shown()
    }

    pub(crate) fn now(&self) -> UtcSeconds {
        UtcSeconds(self.boat.now().0.div_euclid(1000))
    }
}

impl std::fmt::Debug for Updates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Updates").field("installed", &self.config.installed).finish_non_exhaustive()
    }
}

/// May what expired still be used?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OldMetadata {
    /// Not beyond the days of grace.
    #[default]
    Refuse,
    /// Somebody said so, this once; every other check stays.
    Accept,
}

/// What targets say of releases, as far as they are releases that this build understands.
pub(crate) fn releases_of(targets: &Targets) -> Vec<Release> {
    let release = |(name, target): (&str, &lifeboat_trust::Target)| {
        let said = target.release()?;
        Some(Release {
            name: name.to_owned(),
            sha256: target.sha256().to_string(),
            size_bytes: target.length(),
            version: said.version.parse().ok()?,
            channel: said.channel.clone(),
            platform: said.platform.clone(),
            scope: Scope::parse(&said.scope)?,
            minimum: match &said.minimum_version {
                Some(text) => Some(text.parse().ok()?),
                None => None,
            },
            rollout_percent: said.rollout_percent,
        })
    };
    targets.iter().filter_map(release).collect()
}

/// For messages: since when news may have been held back.
pub(crate) fn stale_since(freshness: Freshness) -> Option<UtcSeconds> {
    match freshness {
        Freshness::Fresh => None,
        Freshness::Stale { since, .. } | Freshness::TooOld { since, .. } => Some(since),
    }
}
