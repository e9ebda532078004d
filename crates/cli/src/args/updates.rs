//! The verbs of updates: what clients do, what publishers do.

use clap::{Args, Subcommand, ValueEnum, ValueHint};
use lifeboat::domain::update::{Scope, Version};
use lifeboat::trust::Role;
use std::path::PathBuf;

/// For whom an application is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScopeArg {
    PerUser,
    PerMachine,
}

impl From<ScopeArg> for Scope {
    fn from(scope: ScopeArg) -> Self {
        match scope {
            ScopeArg::PerUser => Self::PerUser,
            ScopeArg::PerMachine => Self::PerMachine,
        }
    }
}

/// A role that signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoleArg {
    Root,
    Timestamp,
    Snapshot,
    Targets,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Root => Self::Root,
            RoleArg::Timestamp => Self::Timestamp,
            RoleArg::Snapshot => Self::Snapshot,
            RoleArg::Targets => Self::Targets,
        }
    }
}

/// What a client is, where lifeboat.toml does not say it.
#[derive(Debug, Clone, Args)]
pub(crate) struct UpdateArgs {
    /// The share, or a folder with the same content: a stick [default: `share` under `[update]` in lifeboat.toml]
    #[arg(long = "from", global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) from: Option<PathBuf>,
    /// The root that came with the application [default: `root` under `[update]`]
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) root: Option<PathBuf>,
    /// The version that runs [default: `version` under `[update]`]
    #[arg(long, global = true, value_name = "VERSION")]
    pub(crate) app_version: Option<Version>,
    /// Use metadata that expired longer ago than its days of grace; every other check stays
    #[arg(long, global = true)]
    pub(crate) accept_old: bool,
}

/// What to do about updates.
#[derive(Debug, Subcommand)]
pub(crate) enum UpdateAction {
    /// Look whether there is a newer release
    Check,
    /// Bring the newer release here, going on where it stopped
    Fetch,
    /// Hand what was fetched over to its installer, with a restore point first; asks before
    Apply {
        /// Prove what can be proven, show what would run, and start nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Show the running version, the last look, and how the last update went
    Status,
    /// Begin anew where what was seen of the share before cannot be read; asks before
    Repair,
    /// Look at a share from this seat: rights, chain, dates, every artifact
    Doctor {
        /// The share [default: `share` under `[update]` in lifeboat.toml]
        #[arg(value_name = "SHARE", value_hint = ValueHint::DirPath)]
        share: Option<PathBuf>,
    },
}

/// What to publish.
#[derive(Debug, Clone, Args)]
pub(crate) struct PublishArgs {
    /// The installer
    #[arg(value_hint = ValueHint::FilePath, required_unless_present = "other", requires = "version")]
    pub(crate) file: Option<PathBuf>,
    /// Its version
    #[arg(long, value_name = "VERSION", requires = "file")]
    pub(crate) version: Option<Version>,
    /// Its channel
    #[arg(long, value_name = "NAME", default_value = "stable")]
    pub(crate) channel: String,
    /// Its operating system and processor [default: this machine's]
    #[arg(long, value_name = "NAME")]
    pub(crate) platform: Option<String>,
    /// For whom it installs
    #[arg(long, default_value = "per-user")]
    pub(crate) scope: ScopeArg,
    /// Share of installations that shall take it now [default: 100%, or as it was said before]
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub(crate) rollout: Option<u8>,
    /// Versions below this one must update
    #[arg(long, value_name = "VERSION")]
    pub(crate) minimum_version: Option<Version>,
    /// Sign the pointer again: nothing is new, and that is known to be so now
    #[arg(long, group = "other", conflicts_with = "file")]
    pub(crate) refresh: bool,
    /// Sign everything again, because it expires
    #[arg(long, group = "other", conflicts_with = "file")]
    pub(crate) resign: bool,
    /// Offer this version no more
    #[arg(long, group = "other", conflicts_with = "file", value_name = "VERSION")]
    pub(crate) withdraw: Option<Version>,
    /// Go on to this root, which `keys rotate` made
    #[arg(long, group = "other", conflicts_with = "file", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) root: Option<PathBuf>,
    /// The share [default: `share` under `[update]` in lifeboat.toml]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) share: Option<PathBuf>,
    /// The folder of keys [default: `keys` under `[update]`]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) keys: Option<PathBuf>,
    /// Where the share is not as it was left: rest on what was published from this folder of keys
    #[arg(long)]
    pub(crate) from_memory: bool,
    /// Whoever holds the share's lock is gone
    #[arg(long)]
    pub(crate) take_over: bool,
}

/// What to do about keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysAction {
    /// Make keys for every role and the first root, in a new folder
    #[command(
        after_help = "Examples:\n    lifeboat keys init keys --threshold 2 --of 3\n\nThe keys of the root leave the folder afterwards, each to another person, off every network."
    )]
    Init {
        /// The folder
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        dir: PathBuf,
        /// So many keys of the root must sign
        #[arg(long, value_name = "COUNT", default_value_t = 2)]
        threshold: usize,
        /// Of so many
        #[arg(long, value_name = "COUNT", default_value_t = 3)]
        of: usize,
    },
    /// Replace keys: makes the next root, or adds the signatures that it waits for
    #[command(
        after_help = "Examples:\n    lifeboat keys rotate keys --role timestamp\n    lifeboat keys rotate keys --role root --lost 7c31e0a2\n    lifeboat keys rotate other-keys --sign 2.root.json --current root.json\n    lifeboat publish --root keys/2.root.json"
    )]
    Rotate {
        /// The folder of keys; new ones are put there
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        dir: PathBuf,
        /// Whose keys are replaced
        #[arg(long, required_unless_present = "sign")]
        role: Option<RoleArg>,
        /// Only the key whose name begins so
        #[arg(long, value_name = "ID", requires = "role")]
        lost: Option<String>,
        /// Sign this root with the keys in the folder instead
        #[arg(long, value_name = "FILE", conflicts_with = "role", value_hint = ValueHint::FilePath)]
        sign: Option<PathBuf>,
        /// The newest root before it [default: the newest in the folder]
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        current: Option<PathBuf>,
    },
}

fn percent(text: &str) -> Result<u8, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim().parse::<u8>().ok();
    number.filter(|percent| *percent <= 100).ok_or_else(|| "say a whole number from 0% to 100%".to_owned())
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn a_percentage_is_a_whole_number_with_its_sign_or_without() {
        assert_eq!(["10%", "10", "0", "100 %"].map(percent), [Ok(10), Ok(10), Ok(0), Ok(100)]);
        assert!(["101%", "-1", "1.5", ""].iter().all(|text| percent(text).is_err()));
    }
}
