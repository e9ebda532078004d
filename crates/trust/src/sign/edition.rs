//! The next edition of a repository: which documents are written anew, and with which numbers.

use super::SignError;
use super::document::{keys_for, seal};
use super::secret::SecretKey;
use crate::chain::Trusted;
use crate::json::Json;
use crate::role::{MetaFile, Role, Root, Snapshot, Target, Targets, Timestamp};
use crate::time::UtcSeconds;

/// For how many days documents are valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// Targets and snapshot.
    pub targets_days: u16,
    /// The timestamp.
    pub timestamp_days: u16,
}

impl Default for Lifetimes {
    /// Two years, and one: for plants that are offline for months.
    fn default() -> Self {
        Self { targets_days: 730, timestamp_days: 365 }
    }
}

/// What documents are written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Terms {
    /// For how long.
    pub lifetimes: Lifetimes,
    /// Highest numbers that are taken already without being published: a publisher was stopped in between. Targets, then
    /// snapshot.
    pub taken: (u64, u64),
}

/// What the next edition changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A release is added, or what is said of one is changed.
    Release {
        /// Name of the artifact.
        name: String,
        /// The artifact and its release.
        target: Box<Target>,
    },
    /// Releases are offered no more. Their artifacts stay where they are.
    Withdraw {
        /// Names of the artifacts.
        names: Vec<String>,
    },
    /// The root goes on to its next number, and everything is signed again with the keys that it names.
    Rekey {
        /// The next root, completely signed.
        root: Vec<u8>,
    },
    /// Everything is signed again as it is: its expiry is near.
    Resign,
    /// The timestamp alone is signed again: nothing is new, and that is known to be so now.
    Refresh,
}

/// A document with its number.
pub type Numbered = (u64, Vec<u8>);

/// A new root, and when it may be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewRoot {
    /// Everything else is signed with the old keys and the new ones: it is published first, and no client ever sees
    /// a document that its root does not vouch for.
    Last(Numbered),
    /// Old keys are not at hand. Between the root and the rest, clients are refused; they stay as they are.
    First(Numbered),
}

/// The documents of the next edition. Whoever publishes them writes the timestamp after targets and snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edition {
    /// The root, where it is new.
    pub root: Option<NewRoot>,
    /// Targets, where they are new.
    pub targets: Option<Numbered>,
    /// Snapshot, where it is new.
    pub snapshot: Option<Numbered>,
    /// Timestamp; none only where nothing was ever published and nothing is now.
    pub timestamp: Option<Numbered>,
}

/// Makes the next edition after what is published now.
///
/// # Errors
/// Keys are missing; a name is taken by other bytes; there is nothing to sign again; what is published is not all here,
/// so that the edition would drop releases.
pub fn edition(
    published: &Trusted,
    change: Change,
    keys: &[SecretKey],
    now: UtcSeconds,
    terms: Terms,
) -> Result<Edition, SignError> {
    if published.version(Role::Timestamp) > 0 && published.releases().is_none() {
        return Err(SignError::Incomplete);
    }
    let press = Press { published, next: None, keys, now, terms };
    match change {
        Change::Rekey { root } => press.rekeyed(root),
        Change::Refresh => press.refreshed(),
        other => press.whole(&changed(published.releases().cloned(), other)?),
    }
}

fn changed(releases: Option<Targets>, change: Change) -> Result<Targets, SignError> {
    let mut targets = match (releases, &change) {
        (Some(targets), _) => targets,
        (None, Change::Release { .. }) => Targets::default(),
        (None, _) => return Err(SignError::NothingPublished),
    };
    match change {
        Change::Release { name, target } => {
            let other = |old: &Target| (old.length, &old.sums) != (target.length, &target.sums);
            if targets.get(&name).is_some_and(other) {
                return Err(SignError::NameTaken);
            }
            targets.targets.insert(name, *target);
        }
        Change::Withdraw { names } => targets.targets.retain(|name, _| !names.contains(name)),
        Change::Resign | Change::Refresh | Change::Rekey { .. } => {}
    }
    Ok(targets)
}

struct Press<'a> {
    published: &'a Trusted,
    next: Option<&'a Root>,
    keys: &'a [SecretKey],
    now: UtcSeconds,
    terms: Terms,
}

impl Press<'_> {
    fn refreshed(&self) -> Result<Edition, SignError> {
        let known = self.published.releases().and_then(|_| self.published.announced_snapshot());
        let timestamp = Some(self.timestamp(known.ok_or(SignError::NothingPublished)?.clone())?);
        Ok(Edition { root: None, targets: None, snapshot: None, timestamp })
    }

    fn whole(&self, targets: &Targets) -> Result<Edition, SignError> {
        let targets = self.seal(Role::Targets, self.terms.lifetimes.targets_days, targets.json())?;
        let snapshot = Snapshot::of(MetaFile::of(targets.0, &targets.1)).json();
        let snapshot = self.seal(Role::Snapshot, self.terms.lifetimes.targets_days, snapshot)?;
        let timestamp = Some(self.timestamp(MetaFile::of(snapshot.0, &snapshot.1))?);
        Ok(Edition { root: None, targets: Some(targets), snapshot: Some(snapshot), timestamp })
    }

    fn rekeyed(&self, bytes: Vec<u8>) -> Result<Edition, SignError> {
        let next = self.published.root_after(&bytes)?;
        let root = (self.published.version(Role::Root) + 1, bytes);
        let Some(releases) = self.published.releases() else {
            let root = Some(NewRoot::First(root));
            return Ok(Edition { root, targets: None, snapshot: None, timestamp: None });
        };
        let old_too = [Role::Targets, Role::Snapshot, Role::Timestamp]
            .into_iter()
            .all(|role| keys_for(self.published.root(), role, self.keys).is_ok());
        let root = if old_too { NewRoot::Last(root) } else { NewRoot::First(root) };
        let edition = Press { next: Some(&next), ..*self }.whole(releases)?;
        Ok(Edition { root: Some(root), ..edition })
    }

    fn timestamp(&self, snapshot: MetaFile) -> Result<Numbered, SignError> {
        let timestamp = Timestamp { snapshot, signed_at: Some(self.now) };
        self.seal(Role::Timestamp, self.terms.lifetimes.timestamp_days, timestamp.json())
    }

    fn seal(
        &self,
        role: Role,
        days: u16,
        fields: impl IntoIterator<Item = (&'static str, Json)>,
    ) -> Result<Numbered, SignError> {
        let taken = match role {
            Role::Targets => self.terms.taken.0,
            Role::Snapshot => self.terms.taken.1,
            Role::Root | Role::Timestamp => 0,
        };
        let version = self.published.version(role).max(taken) + 1;
        let expires = self.now.plus_days(i64::from(days));
        Ok((version, seal(role, version, expires, fields, &self.signers(role)?)))
    }

    /// Keys of the root that is published, and of the next one beside them: each document is signed so that clients
    /// before and after the step accept it. Old keys that are gone are done without.
    fn signers(&self, role: Role) -> Result<Vec<&SecretKey>, SignError> {
        let old = keys_for(self.published.root(), role, self.keys);
        let Some(next) = self.next else { return old };
        let mut signers = keys_for(next, role, self.keys)?;
        for key in old.unwrap_or_default() {
            if signers.iter().all(|other| other.public() != key.public()) {
                signers.push(key);
            }
        }
        Ok(signers)
    }
}
