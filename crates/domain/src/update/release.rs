//! A release and an installation, as values.

use std::fmt;
use std::str::FromStr;

/// Version of an application: semantic versioning, with its order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(semver::Version);

/// The text is no version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a version has the form 1.4.0 or 1.4.0-beta.1")]
pub struct VersionError;

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        text.parse().map(Self).map_err(|_| VersionError)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// For whom an application is installed. An update never changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// For one user, without rights of an administrator.
    PerUser,
    /// For everybody on the machine.
    PerMachine,
}

impl Scope {
    /// Both.
    pub const ALL: [Self; 2] = [Self::PerUser, Self::PerMachine];

    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PerUser => "per-user",
            Self::PerMachine => "per-machine",
        }
    }

    /// Reads the stable word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A release that somebody signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Name of its artifact.
    pub name: String,
    /// SHA-256 sum of its artifact, in hexadecimal digits.
    pub sha256: String,
    /// Bytes of its artifact.
    pub size_bytes: u64,
    /// Version.
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

impl Release {
    /// Would an installation take one in place of the other?
    fn stands_for(&self, other: &Self) -> bool {
        let what = |release: &Self| {
            (release.version.clone(), release.channel.clone(), release.platform.clone(), release.scope)
        };
        what(self) == what(other)
    }
}

/// What is installed here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Version that runs.
    pub version: Version,
    /// Channel that it follows.
    pub channel: String,
    /// Operating system and processor.
    pub platform: String,
    /// For whom it is installed.
    pub scope: Scope,
}

/// Finds new releases that stand for other bytes than another one of the same version: among the new ones, or between
/// what was known and what is new. A version means the same bytes for ever.
#[must_use]
pub fn clashes(known: &[Release], new: &[Release]) -> Vec<Release> {
    let differs = |one: &Release, other: &Release| one.stands_for(other) && one.sha256 != other.sha256;
    let against = |one: &&Release| known.iter().chain(new).any(|other| differs(one, other));
    new.iter().filter(against).cloned().collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn release(version: &str) -> Release {
        Release {
            name: format!("stable/till-{version}.exe"),
            sha256: format!("sum of {version}"),
            size_bytes: 1,
            version: version.parse().unwrap(),
            channel: "stable".to_owned(),
            platform: "windows-x86_64".to_owned(),
            scope: Scope::PerUser,
            minimum: None,
            rollout_percent: 100,
        }
    }

    #[test]
    fn versions_have_the_order_of_semantic_versioning() {
        let version = |text: &str| text.parse::<Version>().unwrap();
        assert!(version("1.10.0") > version("1.9.9"));
        assert!(version("2.0.0-beta.2") < version("2.0.0"));
        for bad in ["", "1", "1.2", "v1.2.3", "1.2.3.4", "01.2.3"] {
            assert_eq!(bad.parse::<Version>(), Err(VersionError), "{bad}");
        }
    }

    #[test]
    fn one_version_means_the_same_bytes_for_ever() {
        let (known, mut other) = (release("1.0.0"), release("1.0.0"));
        assert_eq!(clashes(std::slice::from_ref(&known), std::slice::from_ref(&other)), []);
        other.sha256 = "other".to_owned();
        let found = clashes(std::slice::from_ref(&known), std::slice::from_ref(&other));
        assert_eq!(found, [other.clone()]);
        assert_eq!(clashes(&[], &[known.clone(), other.clone()]).len(), 2);
        other.channel = "beta".to_owned();
        assert_eq!(clashes(&[known], &[other]), []);
    }
}
