//! What is published: a release, the end of one, a new signature on the pointer, a new root.

use super::Publishing;
use super::keys::KeyRing;
use super::shelf::UNSEEN;
use crate::error::{About, Error, explain};
use crate::update::{refused, releases_of};
use crate::wiring;
use lifeboat_domain::code::Code;
use lifeboat_domain::update::{Place, Release, Scope, Version};
use lifeboat_trust::sign::{self, Change, Standing};
use lifeboat_trust::{Role, Sha256Sum, Target, Trusted, judge_name};
use std::path::PathBuf;

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
    /// Share of installations, in percent, that shall take it now; where it is not said, all, or as many as were said before.
    pub rollout_percent: Option<u8>,
}

/// A release that shall be offered no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// Its version.
    pub version: Version,
    /// Its channel.
    pub channel: String,
    /// Its platform; all of them where none is named.
    pub platform: Option<String>,
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
        judge_words(order)?;
        let guard = self.lock().await?;
        let published = self.standing(ring).await?;
        let (size, sum) = self.measure(order)?;
        let known = published.releases().map(releases_of).unwrap_or_default();
        let release = release_of(order, name.clone(), size, &sum.to_string(), &known);
        let was_there = judge(&known, &release)?;
        let place = Place::Artifact { name: name.clone(), sha256: release.sha256.clone() };
        self.put_artifact(&order.file, &place, size, sum).await?;
        let target = Box::new(Target::new(size, sum, described(&release)));
        let done = self.publish(ring, &published, Change::Release { name, target }, &*guard).await?;
        Ok(Published { release: Some(release), was_there, ..done })
    }

    /// Offers a version no more. Its file stays where it is; who installed it keeps it.
    ///
    /// # Errors
    /// As [`Self::release`]; `LB1105` where there is no such release.
    pub async fn withdraw(&self, ring: &KeyRing, withdrawal: &Withdrawal) -> Result<Published, Error> {
        let guard = self.lock().await?;
        let published = self.standing(ring).await?;
        let known = published.releases().map(releases_of).unwrap_or_default();
        let fits = |release: &&Release| {
            release.version == withdrawal.version
                && release.channel == withdrawal.channel
                && withdrawal.platform.as_ref().is_none_or(|platform| *platform == release.platform)
        };
        let names: Vec<String> = known.iter().filter(fits).map(|release| release.name.clone()).collect();
        if names.is_empty() {
            let cause = format!("no release {} is published on {}", withdrawal.version, withdrawal.channel);
            let next = "see what is published: `lifeboat update doctor`";
            return Err(Error::new(Code::NothingPublished, cause, next).state(UNSEEN));
        }
        self.publish(ring, &published, Change::Withdraw { names }, &*guard).await
    }

    /// Signs the pointer again: nothing is new, and that is known to be so now. Takes the key of the timestamp alone.
    ///
    /// # Errors
    /// As [`Self::release`].
    pub async fn refresh(&self, ring: &KeyRing) -> Result<Published, Error> {
        let guard = self.lock().await?;
        let published = self.standing(ring).await?;
        self.publish(ring, &published, Change::Refresh, &*guard).await
    }

    /// Signs everything again, because targets or snapshot expire, or because the share lost what was published from here.
    ///
    /// # Errors
    /// As [`Self::release`].
    pub async fn resign(&self, ring: &KeyRing) -> Result<Published, Error> {
        let guard = self.lock().await?;
        let published = self.standing(ring).await?;
        self.publish(ring, &published, Change::Resign, &*guard).await
    }

    /// Goes on to the next root, and signs everything again with the keys that it names.
    ///
    /// # Errors
    /// As [`Self::release`]; `LB1126` where too few keys signed the root.
    pub async fn root(&self, ring: &KeyRing, root: Vec<u8>) -> Result<Published, Error> {
        let guard = self.lock().await?;
        let published = self.standing(ring).await?;
        let is_known = published.remember().root.as_ref() == Some(&root);
        let change =
            if is_known { Change::Resign } else { Change::Rekey { root: follows(&published, root)? } };
        self.publish(ring, &published, change, &*guard).await
    }

    fn measure(&self, order: &ReleaseOrder) -> Result<(u64, Sha256Sum), Error> {
        let measured = wiring::sha256_of(&order.file).map_err(|e| explain(About::Target, e))?;
        if measured.0 > 0 {
            return Ok(measured);
        }
        let cause = format!("{} is empty", order.file.display());
        Err(Error::new(Code::ArtifactUnfit, cause, "name the installer that was built"))
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

/// Words that go into signed metadata: short, and the same on every system.
fn judge_words(order: &ReleaseOrder) -> Result<(), Error> {
    for (what, word) in [("channel", &order.channel), ("platform", &order.platform)] {
        if word.is_empty() || word.len() > 64 || !word.bytes().all(|byte| byte.is_ascii_graphic()) {
            let cause = format!("the {what} {word:?} is no short word of printable ASCII");
            return Err(Error::new(Code::UsageWrong, cause, format!("name another {what}")));
        }
    }
    Ok(())
}

fn release_of(
    order: &ReleaseOrder,
    name: String,
    size_bytes: u64,
    sha256: &str,
    known: &[Release],
) -> Release {
    let before = known.iter().find(|other| other.name == name && other.version == order.version);
    Release {
        name,
        sha256: sha256.to_owned(),
        size_bytes,
        version: order.version.clone(),
        channel: order.channel.clone(),
        platform: order.platform.clone(),
        scope: order.scope,
        minimum: order.minimum.clone().or_else(|| before.and_then(|before| before.minimum.clone())),
        rollout_percent: order
            .rollout_percent
            .unwrap_or_else(|| before.map_or(100, |before| before.rollout_percent)),
    }
}

/// A root that is completely signed, and the next one after what is published.
fn follows(published: &Trusted, root: Vec<u8>) -> Result<Vec<u8>, Error> {
    let told = |error| refused("the root", error).state(UNSEEN);
    let current = published.remember().root.unwrap_or_default();
    let number = sign::version_of_root(&root).map_err(told)?;
    let expected = published.version(Role::Root) + 1;
    if number != expected {
        let cause =
            format!("the root has number {number}; published is {}, the next is {expected}", expected - 1);
        let next =
            format!("publish them one after the other: `lifeboat publish --root {expected}.root.json`");
        return Err(Error::new(Code::RootIncomplete, cause, next).state(UNSEEN));
    }
    match sign::standing(&root, Some(&current)).map_err(told)? {
        Standing::Complete => Ok(root),
        Standing::Waits { valid, needed, .. } => {
            let cause = format!("{valid} of {needed} keys signed the root");
            let next =
                "whoever has another key adds it: `lifeboat keys rotate DIR --sign ROOT --current OLDROOT`";
            Err(Error::new(Code::RootIncomplete, cause, next).state(UNSEEN))
        }
    }
}

/// May it be published beside what is there? Tells whether the file is published already.
fn judge(known: &[Release], release: &Release) -> Result<bool, Error> {
    let same = |other: &Release| {
        (&other.version, &other.channel, &other.platform, other.scope)
            == (&release.version, &release.channel, &release.platform, release.scope)
    };
    let standing = known.iter().find(|other| same(other));
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
    if let Some(other) = known.iter().find(|other| other.name == release.name && !same(other)) {
        let cause = format!(
            "{} is published already, as {} for {} {}",
            other.name, other.version, other.platform, other.scope
        );
        let next = "give the file a name of its own: one with the version, the platform and the scope in it";
        return Err(Error::new(Code::VersionPublished, cause, next).state(UNSEEN));
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
