//! Which release an installation is offered.

use super::cohort::{InstallId, takes_part};
use super::release::{Installed, Release, Scope, Version};

/// What there is for an installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offer {
    /// Nothing newer.
    NothingNew,
    /// A newer release is here, and this installation's turn has not come.
    HeldBack {
        /// The newest.
        release: Box<Release>,
    },
    /// A newer release is here.
    Available {
        /// It.
        release: Box<Release>,
    },
    /// The installed version is below the minimum that somebody signed: whose turn it is does not count.
    Required {
        /// What to install.
        release: Box<Release>,
        /// The minimum.
        minimum: Version,
    },
    /// What is newer installs for others than what is here, and an update never changes that.
    OtherScope {
        /// The newest version.
        version: Version,
        /// For whom it installs.
        scope: Scope,
    },
}

impl Offer {
    /// The stable word.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::NothingNew => "nothing-new",
            Self::HeldBack { .. } => "held-back",
            Self::Available { .. } => "available",
            Self::Required { .. } => "required",
            Self::OtherScope { .. } => "other-scope",
        }
    }

    /// The release that may be fetched.
    #[must_use]
    pub const fn release(&self) -> Option<&Release> {
        match self {
            Self::Available { release } | Self::Required { release, .. } => Some(release),
            Self::NothingNew | Self::HeldBack { .. } | Self::OtherScope { .. } => None,
        }
    }
}

/// Chooses among signed releases.
#[must_use]
pub fn offer(installed: &Installed, install: InstallId, releases: &[Release]) -> Offer {
    let on_channel: Vec<&Release> = releases
        .iter()
        .filter(|release| release.channel == installed.channel && release.platform == installed.platform)
        .collect();
    let newest = |fits: &dyn Fn(&Release) -> bool| {
        let newer = on_channel.iter().copied().filter(|release| release.version > installed.version);
        newer.filter(|release| fits(release)).max_by_key(|release| &release.version).cloned()
    };
    let ours = |release: &Release| release.scope == installed.scope;
    let turn =
        |release: &Release| ours(release) && takes_part(install, &release.version, release.rollout_percent);

    let minimum = on_channel
        .iter()
        .filter(|release| ours(release))
        .filter_map(|release| release.minimum.as_ref())
        .max();
    if let Some(minimum) = minimum.filter(|minimum| installed.version < **minimum) {
        let enough = |release: &Release| ours(release) && release.version >= *minimum;
        let release = newest(&|release| enough(release) && turn(release)).or_else(|| newest(&enough));
        if let Some(release) = release {
            return Offer::Required { release: Box::new(release), minimum: minimum.clone() };
        }
    }
    if let Some(release) = newest(&turn) {
        return Offer::Available { release: Box::new(release) };
    }
    if let Some(release) = newest(&ours) {
        return Offer::HeldBack { release: Box::new(release) };
    }
    newest(&|_| true)
        .map_or(Offer::NothingNew, |other| Offer::OtherScope { version: other.version, scope: other.scope })
}

#[cfg(test)]
mod tests {
    use super::super::release::tests::release;
    use super::*;

    fn installed(version: &str) -> Installed {
        Installed {
            version: version.parse().unwrap(),
            channel: "stable".to_owned(),
            platform: "windows-x86_64".to_owned(),
            scope: Scope::PerUser,
        }
    }

    fn judge(version: &str, releases: &[Release]) -> Offer {
        offer(&installed(version), InstallId::from_random([7; 16]), releases)
    }

    fn with(version: &str, change: impl Fn(&mut Release)) -> Release {
        let mut release = release(version);
        change(&mut release);
        release
    }

    #[test]
    fn the_newest_of_the_channel_is_offered() {
        let beta = with("3.0.0", |r| r.channel = "beta".to_owned());
        let linux = with("3.0.0", |r| r.platform = "linux-x86_64".to_owned());
        let offered = judge("1.0.0", &[release("1.10.0"), release("1.9.0"), beta, linux]);
        assert_eq!(offered, Offer::Available { release: Box::new(release("1.10.0")) });
    }

    #[test]
    fn nothing_older_or_equal_is_offered() {
        assert_eq!(judge("1.1.0", &[release("1.0.0"), release("1.1.0")]), Offer::NothingNew);
        assert_eq!(judge("2.0.0", &[release("2.0.0-rc.1")]), Offer::NothingNew);
    }

    #[test]
    fn who_is_not_among_the_first_gets_the_newest_that_is_for_all() {
        let held = with("1.2.0", |r| r.rollout_percent = 0);
        assert_eq!(
            judge("1.0.0", &[release("1.1.0"), held.clone()]),
            Offer::Available { release: Box::new(release("1.1.0")) }
        );
        assert_eq!(
            judge("1.1.0", &[release("1.1.0"), held.clone()]),
            Offer::HeldBack { release: Box::new(held) }
        );
    }

    #[test]
    fn below_the_minimum_nobody_waits_for_his_turn() {
        let held = with("1.3.0", |r| {
            r.rollout_percent = 0;
            r.minimum = Some("1.2.0".parse().unwrap());
        });
        let required = |release: &Release| Offer::Required {
            release: Box::new(release.clone()),
            minimum: "1.2.0".parse().unwrap(),
        };
        assert_eq!(judge("1.1.0", &[release("1.1.0"), held.clone()]), required(&held));
        assert_eq!(
            judge("1.1.0", &[release("1.2.5"), held.clone()]),
            required(&release("1.2.5")),
            "the one for all serves"
        );
        assert_eq!(judge("1.2.0", std::slice::from_ref(&held)), Offer::HeldBack { release: Box::new(held) });
    }

    #[test]
    fn a_later_release_without_a_minimum_does_not_take_it_back() {
        let floor = with("1.2.0", |r| r.minimum = Some("1.2.0".parse().unwrap()));
        let held = with("1.3.0", |r| r.rollout_percent = 0);
        assert!(matches!(judge("1.0.0", &[floor, held]), Offer::Required { .. }));
    }

    #[test]
    fn an_update_never_changes_for_whom_it_installs() {
        let machine = with("1.2.0", |r| r.scope = Scope::PerMachine);
        let other = Offer::OtherScope { version: "1.2.0".parse().unwrap(), scope: Scope::PerMachine };
        assert_eq!(judge("1.0.0", std::slice::from_ref(&machine)), other);
        assert!(matches!(judge("1.0.0", &[machine, release("1.1.0")]), Offer::Available { .. }));
    }
}
