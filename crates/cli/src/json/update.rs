//! Documents of `update`, `publish` and `keys`.

use lifeboat::domain::update::{Fetched, Offer, Release, Settled};
use lifeboat::trust::sign::Standing;
use lifeboat::{Applied, ApplyPlan, CheckReport, FetchReport, NewKeys, Published, RootDraft, UpdateStatus};
use serde::Serialize;
use std::path::PathBuf;

#[cfg(test)]
use schemars::JsonSchema;

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct ReleaseLine {
    pub(crate) version: String,
    pub(crate) channel: String,
    pub(crate) platform: String,
    pub(crate) scope: String,
    pub(crate) name: String,
    pub(crate) size_bytes: u64,
    pub(crate) sha256: String,
    pub(crate) minimum_version: Option<String>,
    pub(crate) rollout_percent: u8,
}

impl From<&Release> for ReleaseLine {
    fn from(release: &Release) -> Self {
        Self {
            version: release.version.to_string(),
            channel: release.channel.clone(),
            platform: release.platform.clone(),
            scope: release.scope.to_string(),
            name: release.name.clone(),
            size_bytes: release.size_bytes,
            sha256: release.sha256.clone(),
            minimum_version: release.minimum.as_ref().map(ToString::to_string),
            rollout_percent: release.rollout_percent,
        }
    }
}

fn release_of(offer: &Offer) -> Option<ReleaseLine> {
    match offer {
        Offer::HeldBack { release } | Offer::Available { release } | Offer::Required { release, .. } => {
            Some((&**release).into())
        }
        Offer::NothingNew | Offer::OtherScope { .. } => None,
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Checked {
    /// `nothing-new`, `held-back`, `available`, `required` or `other-scope`.
    pub(crate) offer: &'static str,
    pub(crate) release: Option<ReleaseLine>,
    /// Since when news may have been held back (RFC 3339).
    pub(crate) stale_since: Option<String>,
    pub(crate) memory_mended: bool,
    /// How the last hand-over went, where that was not known yet.
    pub(crate) settled: Option<&'static str>,
    /// Versions that are not believed, because they stood for other bytes before.
    pub(crate) clashing: Vec<String>,
}

impl From<&CheckReport> for Checked {
    fn from(report: &CheckReport) -> Self {
        Self {
            offer: report.offer.as_str(),
            release: release_of(&report.offer),
            stale_since: report.stale_since.map(|at| at.to_string()),
            memory_mended: report.memory_mended,
            settled: report.settled.map(Settled::as_str),
            clashing: report.clashing.iter().map(ToString::to_string).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Artifact {
    pub(crate) version: String,
    pub(crate) file: String,
    pub(crate) sha256: String,
    pub(crate) size_bytes: u64,
}

impl From<&Fetched> for Artifact {
    fn from(fetched: &Fetched) -> Self {
        Self {
            version: fetched.version.to_string(),
            file: fetched.file.clone(),
            sha256: fetched.sha256.clone(),
            size_bytes: fetched.size_bytes,
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Brought {
    pub(crate) offer: &'static str,
    pub(crate) fetched: Option<Artifact>,
    /// Bytes that were here already.
    pub(crate) resumed_from: u64,
    pub(crate) was_here: bool,
    pub(crate) stale_since: Option<String>,
}

impl From<&FetchReport> for Brought {
    fn from(report: &FetchReport) -> Self {
        Self {
            offer: report.offer.as_str(),
            fetched: report.fetched.as_ref().map(Into::into),
            resumed_from: report.resumed_from,
            was_here: report.was_here,
            stale_since: report.stale_since.map(|at| at.to_string()),
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Plan {
    pub(crate) from: String,
    pub(crate) artifact: Artifact,
    pub(crate) program: String,
    pub(crate) arguments: Vec<String>,
    /// What comes last on the command line, without quotes.
    pub(crate) tail: Option<String>,
}

impl From<&ApplyPlan> for Plan {
    fn from(plan: &ApplyPlan) -> Self {
        Self {
            from: plan.from.to_string(),
            artifact: (&plan.fetched).into(),
            program: plan.launch.program.clone(),
            arguments: plan.launch.arguments.clone(),
            tail: plan.launch.tail.clone(),
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct HandedOver {
    pub(crate) from: String,
    pub(crate) to: String,
    /// Id of the restore point that was taken for it.
    pub(crate) point: String,
    /// The installer ended well; false where it was not waited for.
    pub(crate) ended: bool,
}

impl From<&Applied> for HandedOver {
    fn from(applied: &Applied) -> Self {
        Self {
            from: applied.from.to_string(),
            to: applied.to.to_string(),
            point: applied.point.id.to_string(),
            ended: applied.ended,
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Pending {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) point: String,
    pub(crate) settled: &'static str,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Back {
    pub(crate) version: String,
    pub(crate) installer: String,
    pub(crate) point: String,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Status {
    pub(crate) running: String,
    pub(crate) install: Option<String>,
    pub(crate) last_check: Option<String>,
    /// What came of it: a word of `update-check`, or the code of an error.
    pub(crate) last_outcome: Option<String>,
    pub(crate) newest: Option<String>,
    pub(crate) fetched: Option<Artifact>,
    pub(crate) hand_over: Option<Pending>,
    pub(crate) way_back: Option<Back>,
}

impl From<&UpdateStatus> for Status {
    fn from(status: &UpdateStatus) -> Self {
        let check = status.last_check.as_ref();
        Self {
            running: status.running.to_string(),
            install: status.install.map(|id| id.to_string()),
            last_check: check.map(|check| check.at.to_string()),
            last_outcome: check.map(|check| check.outcome.clone()),
            newest: check.and_then(|check| check.newest.as_ref()).map(ToString::to_string),
            fetched: status.fetched.as_ref().map(Into::into),
            hand_over: status.hand_over.as_ref().map(|(hand_over, settled)| Pending {
                from: hand_over.from.to_string(),
                to: hand_over.to.to_string(),
                point: hand_over.point.to_string(),
                settled: settled.as_str(),
            }),
            way_back: status.way_back.as_ref().map(|back| Back {
                version: back.version.to_string(),
                installer: back.installer.clone(),
                point: back.point.to_string(),
            }),
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Repaired {
    pub(crate) set_aside: Vec<String>,
    pub(crate) record_begun_anew: bool,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Publication {
    pub(crate) release: Option<ReleaseLine>,
    /// The file was on the share already: what is said of it changed.
    pub(crate) was_there: bool,
    /// Number of the pointer that clients see now.
    pub(crate) timestamp: u64,
    pub(crate) root: u64,
}

impl From<&Published> for Publication {
    fn from(published: &Published) -> Self {
        Self {
            release: published.release.as_ref().map(Into::into),
            was_there: published.was_there,
            timestamp: published.timestamp,
            root: published.root,
        }
    }
}

fn shown(paths: &[PathBuf]) -> Vec<String> {
    paths.iter().map(|path| path.display().to_string()).collect()
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Keys {
    /// Files with secret keys.
    pub(crate) files: Vec<String>,
    pub(crate) root: String,
    /// Distinct keys that still have to sign the root.
    pub(crate) signatures_missing: usize,
}

impl From<&NewKeys> for Keys {
    fn from(keys: &NewKeys) -> Self {
        Self { files: shown(&keys.files), root: keys.root.display().to_string(), signatures_missing: 0 }
    }
}

impl From<&RootDraft> for Keys {
    fn from(draft: &RootDraft) -> Self {
        let signatures_missing = match draft.standing {
            Standing::Complete => 0,
            Standing::Waits { valid, needed, .. } => needed.saturating_sub(valid),
        };
        Self { files: shown(&draft.files), root: draft.path.display().to_string(), signatures_missing }
    }
}
