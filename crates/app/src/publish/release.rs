//! A release, a new signature on the pointer, or a new root: from what is published now to what clients see next.

use super::keys::{KeyRing, root_version};
use super::shelf::UNSEEN;
use super::{Publishing, unsigned};
use crate::error::{About, Error, explain};
use crate::update::{Looked, Pace, look, of_share, refused, releases_of};
use crate::wiring;
use lifeboat_domain::code::Code;
use lifeboat_domain::update::{Document, Place, Release, Scope, Version};
use lifeboat_ports::{Content, PortErrorKind, PublishGuard};
use lifeboat_trust::sign::{self, Change, Edition, NewRoot, Numbered, Terms};
use lifeboat_trust::{Profile, Remembered, Role, RootChain, Sha256Sum, Target, Trusted, judge_name, limits};
use std::path::PathBuf;
use std::time::Duration;

/// A release to publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseOrder {
    /// The installer.
    pub file: PathBuf,
    /// Version of the application.
    pub version: Version,
    /// Channel.
    pub channel: String,
    /// Operating system and processor.
    pub platform: String,
    /// For whom it installs.
    pub scope: Scope,
    /// Versions below this one must update.
    pub minimum: Option<Version>,
    /// Share of installations, in percent, that shall take it now.
    pub rollout_percent: u8,
}

/// What was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The release; none where there was none to publish.
    pub release: Option<Release>,
    /// The file was on the share already: what is said of it changed.
    pub was_there: bool,
    /// Number of the pointer that clients see now; 0 where nothing but a root was ever published.
    pub timestamp: u64,
    /// Number of the root.
    pub root: u64,
}

impl Publishing {
    /// Publishes a release: the file, what is said of it, the pointer last.
    ///
    /// # Errors
    /// `LB1101` to `LB1104`, `LB1106` to `LB1108`, `LB1112`, `LB1119` to `LB1127`, `LB0110`, `LB0203`. Before the pointer is
    /// replaced, clients see what they saw.
    pub async fn release(&self, ring: &KeyRing, order: &ReleaseOrder) -> Result<Published, Error> {
        let name = artifact_name(order)?;
        let guard = self.lock().await?;
        let published = self.look_as_client(ring).await?;
        let (size, sum) = self.measure(order)?;
        let known = published.releases().map(releases_of).unwrap_or_default();
        let release = Release {
            name: name.clone(),
            sha256: sum.to_string(),
            size_bytes: size,
            version: order.version.clone(),
            channel: order.channel.clone(),
            platform: order.platform.clone(),
            scope: order.scope,
            minimum: order.minimum.clone(),
            rollout_percent: order.rollout_percent,
        };
        let was_there = judge(&known, &release)?;
        let place = Place::Artifact { name: name.clone(), sha256: release.sha256.clone() };
        self.put_artifact(&order.file, &place, size, sum).await?;
        let target = Box::new(Target::new(size, sum, described(&release)));
        let number = self.publish(ring, &published, Change::Release { name, target }, &*guard).await?;
        Ok(Published {
            release: Some(release),
            was_there,
            timestamp: number,
            root: published.version(Role::Root),
        })
    }

    /// Signs the pointer again: nothing is new, and that is known to be so now. Takes the key of the timestamp alone.
    ///
    /// # Errors
    /// As [`Self::release`].
    pub async fn refresh(&self, ring: &KeyRing) -> Result<Published, Error> {
        self.change(ring, Change::Refresh).await
    }

    /// Signs everything again, because targets or snapshot expire.
    ///
    /// # Errors
    /// As [`Self::release`].
    pub async fn resign(&self, ring: &KeyRing) -> Result<Published, Error> {
        self.change(ring, Change::Resign).await
    }

    /// Goes on to the next root, and signs everything again with the keys that it names.
    ///
    /// # Errors
    /// As [`Self::release`]; `LB1126` where too few keys signed the root.
    pub async fn root(&self, ring: &KeyRing, root: Vec<u8>) -> Result<Published, Error> {
        let version = root_version(&root)?;
        let published = self.change(ring, Change::Rekey { root }).await?;
        Ok(Published { root: version, ..published })
    }

    async fn change(&self, ring: &KeyRing, change: Change) -> Result<Published, Error> {
        let guard = self.lock().await?;
        let published = self.look_as_client(ring).await?;
        let timestamp = self.publish(ring, &published, change, &*guard).await?;
        Ok(Published { release: None, was_there: false, timestamp, root: published.version(Role::Root) })
    }

    /// What a client sees that knows nothing yet. A share on which nothing was published is trusted as far as its root.
    async fn look_as_client(&self, ring: &KeyRing) -> Result<Trusted, Error> {
        let pace = Pace { patience: Duration::ZERO };
        let looked = look(&*self.ports.source, &ring.root, &Remembered::default(), pace).await?;
        let Looked { trusted, outcome } = looked;
        match outcome {
            Err(error) if error.code() == Code::NothingPublished => Ok(trusted),
            Err(error) => Err(error.state(UNSEEN)),
            Ok(()) => Ok(trusted),
        }
    }

    fn measure(&self, order: &ReleaseOrder) -> Result<(u64, Sha256Sum), Error> {
        let measured = wiring::sha256_of(&order.file).map_err(|e| explain(About::Target, e))?;
        if measured.0 > 0 {
            return Ok(measured);
        }
        let cause = format!("{} is empty", order.file.display());
        Err(Error::new(Code::ArtifactUnfit, cause, "name the installer that was built"))
    }

    /// Makes the next edition and puts it on the share, the pointer last. Gives the pointer's number.
    async fn publish(
        &self,
        ring: &KeyRing,
        published: &Trusted,
        change: Change,
        guard: &dyn PublishGuard,
    ) -> Result<u64, Error> {
        let before = self.pointer().await?;
        let terms = Terms { taken: self.taken(published).await?, ..Terms::default() };
        let edition = sign::edition(published, change, &ring.keys, self.now(), terms).map_err(unsigned)?;
        self.rehearse(published, &edition)?;
        self.put_document(Document::Root, root_version(&ring.root)?, &ring.root).await?;
        let (first, last) = match &edition.root {
            Some(NewRoot::First(root)) => (Some(root), None),
            Some(NewRoot::Last(root)) => (None, Some(root)),
            None => (None, None),
        };
        for (document, numbered) in [
            (Document::Root, first),
            (Document::Targets, edition.targets.as_ref()),
            (Document::Snapshot, edition.snapshot.as_ref()),
        ] {
            if let Some((number, bytes)) = numbered {
                self.put_document(document, *number, bytes).await?;
            }
        }
        if let Some(pointer) = &edition.timestamp {
            self.point(pointer, before.as_deref(), guard).await?;
        }
        if let Some((number, bytes)) = last {
            self.put_document(Document::Root, *number, bytes).await?;
        }
        Ok(edition.timestamp.map_or(published.version(Role::Timestamp), |(number, _)| number))
    }

    async fn pointer(&self) -> Result<Option<Vec<u8>>, Error> {
        match self.ports.source.document(&Place::Pointer, limits::bytes_of(Role::Timestamp)).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == PortErrorKind::NotFound => Ok(None),
            Err(error) => Err(of_share(&self.share(), error).state(UNSEEN)),
        }
    }

    /// Numbers above the published ones that a publisher took who was stopped before the pointer.
    async fn taken(&self, published: &Trusted) -> Result<(u64, u64), Error> {
        let mut taken = [published.version(Role::Targets), published.version(Role::Snapshot)];
        for (number, document) in taken.iter_mut().zip([Document::Targets, Document::Snapshot]) {
            while self.is_there(&Place::Document(document, *number + 1)).await? {
                *number += 1;
            }
        }
        Ok((taken[0], taken[1]))
    }

    /// What a client will make of it, before anything is brought.
    fn rehearse(&self, published: &Trusted, edition: &Edition) -> Result<(), Error> {
        let told = |error| refused("what would be published", error).state(UNSEEN);
        let mut trusted = published.clone();
        if let Some(NewRoot::First((_, root))) = &edition.root {
            let mut chain =
                RootChain::begin(&published.remember().root.unwrap_or_default(), None, Profile::Lifeboat)
                    .map_err(told)?;
            chain.next(root).map_err(told)?;
            trusted = chain.settle(&published.remember());
        }
        let Some((_, pointer)) = &edition.timestamp else { return Ok(()) };
        trusted.timestamp(pointer).map_err(told)?;
        if let Some((_, snapshot)) = &edition.snapshot {
            trusted.snapshot(snapshot).map_err(told)?;
        }
        if let Some((_, targets)) = &edition.targets {
            trusted.targets(targets).map_err(told)?;
        }
        match trusted.releases() {
            Some(_) => Ok(()),
            None => Err(unsigned(sign::SignError::Incomplete)),
        }
    }

    /// Replaces the pointer, if nobody else did meanwhile, and reads it back.
    async fn point(
        &self,
        pointer: &Numbered,
        before: Option<&[u8]>,
        guard: &dyn PublishGuard,
    ) -> Result<(), Error> {
        let (_, bytes) = pointer;
        let staged = self.stage(Content::Bytes(bytes)).await?;
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.prove_staged(&staged, &Place::Pointer, size, Sha256Sum::of(bytes)).await?;
        guard.renew().await.map_err(|e| self.explain(e))?;
        if self.pointer().await?.as_deref() != before {
            self.discard(&staged).await;
            let cause = format!("{}: another publisher was faster", self.share());
            return Err(Error::new(
                Code::PublishOvertaken,
                cause,
                "see what is published now, then publish again",
            )
            .state(UNSEEN));
        }
        self.ports.publisher.replace_pointer(&staged).await.map_err(|e| self.explain(e))?;
        if self.pointer().await?.as_ref() == Some(bytes) {
            return Ok(());
        }
        let cause = format!("{}: the pointer does not read back as it was written", self.share());
        let state = "the new release may be visible; nothing that was visible before is lost";
        Err(Error::new(Code::ArtifactDamaged, cause, "look at the server's disk, then publish again")
            .state(state))
    }
}

/// The name that the file gets in signed metadata: its own, in the folder of its channel.
fn artifact_name(order: &ReleaseOrder) -> Result<String, Error> {
    let file = order.file.file_name().unwrap_or_default().to_string_lossy();
    let name = format!("{}/{file}", order.channel);
    judge_name(&name).map(|()| name).map_err(|fault| {
        let cause = format!("{}/{file}: a part of the name {fault}", order.channel);
        Error::new(
            Code::ArtifactNameRefused,
            cause,
            "rename the file, or choose another word for the channel",
        )
    })
}

/// May it be published beside what is there? Tells whether the file is published already.
fn judge(known: &[Release], release: &Release) -> Result<bool, Error> {
    let same = |other: &&Release| {
        (&other.version, &other.channel, &other.platform, other.scope)
            == (&release.version, &release.channel, &release.platform, release.scope)
    };
    let standing = known.iter().find(same);
    if let Some(other) = standing.filter(|other| other.sha256 != release.sha256) {
        let cause = format!(
            "version {} is published already, with other bytes: {} there, {} here",
            release.version, other.sha256, release.sha256
        );
        return Err(Error::new(Code::VersionPublished, cause, "publish it under a new version").state(UNSEEN));
    }
    if let Some(other) = standing.filter(|other| other.name != release.name) {
        let cause = format!("version {} is published already, as {}", release.version, other.name);
        return Err(Error::new(
            Code::VersionPublished,
            cause,
            "give the file that name again, or publish a new version",
        )
        .state(UNSEEN));
    }
    judge_minimum(known, release)?;
    Ok(standing.is_some())
}

/// A minimum only rises, and never above the release that brings it.
fn judge_minimum(known: &[Release], release: &Release) -> Result<(), Error> {
    let refuse = |cause: String, next: &str| Err(Error::new(Code::MinimumWrong, cause, next).state(UNSEEN));
    let line = |other: &&Release| {
        (&other.channel, &other.platform, other.scope) == (&release.channel, &release.platform, release.scope)
    };
    let floor = known
        .iter()
        .filter(line)
        .filter(|other| other.version == release.version)
        .filter_map(|other| other.minimum.as_ref())
        .max();
    match (&release.minimum, floor) {
        (Some(minimum), _) if *minimum > release.version => refuse(
            format!("the minimum {minimum} is above the release itself, {}", release.version),
            "name at most the release's own version",
        ),
        (minimum, Some(floor)) if minimum.as_ref() < Some(floor) => refuse(
            format!("the minimum was {floor} for this version"),
            "a minimum that was published can only be raised",
        ),
        _ => Ok(()),
    }
}

fn described(release: &Release) -> lifeboat_trust::Release {
    lifeboat_trust::Release {
        version: release.version.to_string(),
        channel: release.channel.clone(),
        platform: release.platform.clone(),
        scope: release.scope.to_string(),
        minimum_version: release.minimum.as_ref().map(Version::to_string),
        rollout_percent: release.rollout_percent,
        payload: None,
        notes: None,
    }
}
