//! From the root that came with the application to a list of releases: what is accepted, and in which order.
//!
//! Section 5 of the specification without its input and output: the caller fetches, this judges. Nothing that failed
//! changes what was trusted before, and expiry is told, not enforced: [`Trusted::freshness`].

use crate::error::TrustError;
use crate::freshness::Freshness;
use crate::limits;
use crate::memory::Remembered;
use crate::profile::Profile;
use crate::role::{MetaFile, Role, Root, Snapshot, Targets, Timestamp};
use crate::signed::{Body, Signed};
use crate::time::UtcSeconds;

/// The chain of roots, on the way to the newest one.
#[derive(Debug, Clone)]
pub struct RootChain {
    profile: Profile,
    root: Signed<Root>,
}

impl RootChain {
    /// Begins at the root that came with the application, or at a newer one that was reached before.
    ///
    /// # Errors
    /// The shipped root is none, or does not vouch for itself. A remembered root that is none is passed over: its
    /// numbers are not needed, the chain leads there again.
    pub fn begin(shipped: &[u8], remembered: Option<&[u8]>, profile: Profile) -> Result<Self, TrustError> {
        let shipped = self_signed(shipped, profile)?;
        let remembered = remembered.and_then(|bytes| self_signed(bytes, profile).ok());
        let root = match remembered {
            Some(remembered) if remembered.version > shipped.version => remembered,
            _ => shipped,
        };
        Ok(Self { profile, root })
    }

    /// Number of the root that is trusted now.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.root.version
    }

    /// Goes on to the root with the next number: signed by enough keys of this one, and by enough of its own.
    ///
    /// # Errors
    /// It is not accepted; the chain stays where it was. Nobody may then go on with an older root as if this one were
    /// not there.
    pub fn next(&mut self, bytes: &[u8]) -> Result<(), TrustError> {
        self.root = successor(&self.root, bytes, self.profile)?;
        Ok(())
    }

    /// There is no newer root. What is remembered counts as far as keys of this root vouch for it: that way a
    /// number that was driven to the end of all numbers by a stolen key goes when the key goes.
    #[must_use]
    pub fn settle(self, remembered: &Remembered) -> Trusted {
        let Self { profile, root } = self;
        let timestamp = recall(remembered.timestamp.as_deref(), &root.body, profile);
        let snapshot = recall(remembered.snapshot.as_deref(), &root.body, profile);
        let targets = recall(remembered.targets.as_deref(), &root.body, profile);
        Trusted { profile, root, timestamp, snapshot, targets }
    }
}

fn self_signed(bytes: &[u8], profile: Profile) -> Result<Signed<Root>, TrustError> {
    let root = Signed::<Root>::read(bytes, profile)?;
    root.vouched_by(&root.body)?;
    Ok(root)
}

fn successor(root: &Signed<Root>, bytes: &[u8], profile: Profile) -> Result<Signed<Root>, TrustError> {
    let next = Signed::<Root>::read(bytes, profile)?;
    next.vouched_by(&root.body)?;
    next.vouched_by(&next.body)?;
    expect_version(&next, root.version + 1)?;
    Ok(next)
}

fn recall<T: Body>(bytes: Option<&[u8]>, root: &Root, profile: Profile) -> Option<Signed<T>> {
    let read = Signed::<T>::read(bytes?, profile).ok()?;
    read.vouched_by(root).is_ok().then_some(read)
}

fn expect_version<T: Body>(read: &Signed<T>, expected: u64) -> Result<(), TrustError> {
    if read.version == expected {
        return Ok(());
    }
    Err(TrustError::WrongVersion { role: T::ROLE, found: read.version, expected })
}

fn refuse_rollback(role: Role, offered: u64, seen: u64) -> Result<(), TrustError> {
    if offered < seen { Err(TrustError::Rollback { role, offered, seen }) } else { Ok(()) }
}

/// What a timestamp brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// A newer number.
    Newer,
    /// The number that was known: what is known stays.
    Same,
}

/// A document that has to be fetched next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Of which role.
    pub role: Role,
    /// Its number, which its file name begins with.
    pub version: u64,
    /// Most bytes that it may have.
    pub limit: usize,
}

impl Wanted {
    fn of(role: Role, announced: &MetaFile) -> Self {
        let bound = limits::bytes_of(role);
        let limit =
            announced.length.and_then(|length| usize::try_from(length).ok()).unwrap_or(bound).min(bound);
        Self { role, version: announced.version(), limit }
    }
}

/// What is trusted: a root, and as much below it as was accepted.
#[derive(Debug, Clone)]
pub struct Trusted {
    profile: Profile,
    root: Signed<Root>,
    timestamp: Option<Signed<Timestamp>>,
    snapshot: Option<Signed<Snapshot>>,
    targets: Option<Signed<Targets>>,
}

impl Trusted {
    /// The root.
    #[must_use]
    pub const fn root(&self) -> &Root {
        &self.root.body
    }

    /// Takes the timestamp that the share offers.
    ///
    /// # Errors
    /// It is not accepted; what was trusted stays.
    pub fn timestamp(&mut self, bytes: &[u8]) -> Result<News, TrustError> {
        let offered = Signed::<Timestamp>::read(bytes, self.profile)?;
        offered.vouched_by(&self.root.body)?;
        if let Some(seen) = &self.timestamp {
            refuse_rollback(Role::Timestamp, offered.version, seen.version)?;
            if offered.version == seen.version {
                return Ok(News::Same);
            }
            let (offered, seen) = (&offered.body.snapshot, &seen.body.snapshot);
            refuse_rollback(Role::Snapshot, offered.version(), seen.version())?;
        }
        self.timestamp = Some(offered);
        Ok(News::Newer)
    }

    /// The snapshot that the timestamp announces, where it is not the one that is here.
    #[must_use]
    pub fn wants_snapshot(&self) -> Option<Wanted> {
        let announced = &self.timestamp.as_ref()?.body.snapshot;
        let is_here = |have: &Signed<Snapshot>| is_announced(announced, have);
        (!self.snapshot.as_ref().is_some_and(is_here)).then(|| Wanted::of(Role::Snapshot, announced))
    }

    /// Takes the snapshot that the timestamp announces.
    ///
    /// # Errors
    /// It is not accepted; what was trusted stays.
    pub fn snapshot(&mut self, bytes: &[u8]) -> Result<(), TrustError> {
        let out_of_turn = TrustError::OutOfTurn { role: Role::Snapshot };
        let announced = &self.timestamp.as_ref().ok_or(out_of_turn)?.body.snapshot;
        let offered: Signed<Snapshot> = announced_document(announced, bytes, &self.root.body, self.profile)?;
        if let Some(seen) = &self.snapshot {
            for (name, old) in &seen.body.meta {
                let new = offered.body.meta.get(name).map_or(0, MetaFile::version);
                refuse_rollback(Role::Targets, new, old.version())?;
            }
        }
        self.snapshot = Some(offered);
        Ok(())
    }

    /// The targets that the snapshot announces, where they are not the ones that are here.
    #[must_use]
    pub fn wants_targets(&self) -> Option<Wanted> {
        let announced = self.settled_snapshot()?.targets();
        let is_here = |have: &Signed<Targets>| is_announced(announced, have);
        (!self.targets.as_ref().is_some_and(is_here)).then(|| Wanted::of(Role::Targets, announced))
    }

    /// Takes the targets that the snapshot announces.
    ///
    /// # Errors
    /// They are not accepted; what was trusted stays.
    pub fn targets(&mut self, bytes: &[u8]) -> Result<(), TrustError> {
        let announced =
            self.settled_snapshot().ok_or(TrustError::OutOfTurn { role: Role::Targets })?.targets().clone();
        self.targets = Some(announced_document(&announced, bytes, &self.root.body, self.profile)?);
        Ok(())
    }

    /// The releases, once everything from the timestamp down belongs together.
    #[must_use]
    pub fn releases(&self) -> Option<&Targets> {
        let whole = self.settled_snapshot().is_some() && self.wants_targets().is_none();
        self.targets.as_ref().filter(|_| whole).map(|targets| &targets.body)
    }

    /// The snapshot, if it is the one that the timestamp announces.
    fn settled_snapshot(&self) -> Option<&Snapshot> {
        let whole = self.timestamp.is_some() && self.wants_snapshot().is_none();
        self.snapshot.as_ref().filter(|_| whole).map(|snapshot| &snapshot.body)
    }

    /// Number of what is trusted of a role; 0 where there is nothing.
    #[must_use]
    pub fn version(&self, role: Role) -> u64 {
        match role {
            Role::Root => self.root.version,
            Role::Timestamp => self.timestamp.as_ref().map_or(0, |signed| signed.version),
            Role::Snapshot => self.snapshot.as_ref().map_or(0, |signed| signed.version),
            Role::Targets => self.targets.as_ref().map_or(0, |signed| signed.version),
        }
    }

    /// When what is trusted of a role expires.
    #[must_use]
    pub fn expires(&self, role: Role) -> Option<UtcSeconds> {
        match role {
            Role::Root => Some(self.root.expires),
            Role::Timestamp => self.timestamp.as_ref().map(|signed| signed.expires),
            Role::Snapshot => self.snapshot.as_ref().map(|signed| signed.expires),
            Role::Targets => self.targets.as_ref().map(|signed| signed.expires),
        }
    }

    /// How far this may be believed to be the newest, at what the clock says. The instant at which the timestamp was
    /// signed is a lower bound for the time; a clock that is behind makes nothing fresh.
    #[must_use]
    pub fn freshness(&self, now: UtcSeconds) -> Freshness {
        let signed_at = self.timestamp.as_ref().and_then(|timestamp| timestamp.body.signed_at);
        let now = signed_at.map_or(now, |at| now.max(at));
        let expiries = Role::ALL.into_iter().filter_map(|role| Some((role, self.expires(role)?)));
        Freshness::at(now, self.root.body.grace_days, expiries)
    }

    /// The newest instant of signing that is known.
    #[must_use]
    pub fn signed_at(&self) -> Option<UtcSeconds> {
        self.timestamp.as_ref().and_then(|timestamp| timestamp.body.signed_at)
    }

    /// What to remember, as it was received.
    #[must_use]
    pub fn remember(&self) -> Remembered {
        Remembered {
            root: Some(self.root.bytes.clone()),
            timestamp: self.timestamp.as_ref().map(|signed| signed.bytes.clone()),
            snapshot: self.snapshot.as_ref().map(|signed| signed.bytes.clone()),
            targets: self.targets.as_ref().map(|signed| signed.bytes.clone()),
        }
    }

    /// The root that would follow this one.
    pub(crate) fn root_after(&self, bytes: &[u8]) -> Result<Root, TrustError> {
        successor(&self.root, bytes, self.profile).map(|next| next.body)
    }

    /// The snapshot's announcement, for the next timestamp.
    pub(crate) fn announced_snapshot(&self) -> Option<&MetaFile> {
        self.timestamp.as_ref().map(|timestamp| &timestamp.body.snapshot)
    }
}

fn is_announced<T: Body>(announced: &MetaFile, have: &Signed<T>) -> bool {
    have.version == announced.version() && announced.announces(&have.bytes)
}

/// Reads a document that another one announced: first the bytes, then who signed them, then the number.
fn announced_document<T: Body>(
    announced: &MetaFile,
    bytes: &[u8],
    root: &Root,
    profile: Profile,
) -> Result<Signed<T>, TrustError> {
    if bytes.len() > limits::bytes_of(T::ROLE) {
        return Err(TrustError::TooLarge { role: T::ROLE, limit: limits::bytes_of(T::ROLE) });
    }
    if !announced.announces(bytes) {
        return Err(TrustError::NotAnnounced { role: T::ROLE });
    }
    let offered = Signed::<T>::read(bytes, profile)?;
    offered.vouched_by(root)?;
    expect_version(&offered, announced.version())?;
    Ok(offered)
}
