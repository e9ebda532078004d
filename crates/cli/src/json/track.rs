//! Documents of `track`, `untrack` and `rules suggest`.

use lifeboat::ProposedRule;
use lifeboat::domain::merge::IdentityDraft;
use lifeboat::domain::tracking::{Tracking, TrackingFault};
use lifeboat::ports::Tracked;
use serde::Serialize;

#[cfg(test)]
use schemars::JsonSchema;

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct State {
    /// The name under which this copy writes.
    pub(crate) replica: String,
    /// Its writes so far.
    pub(crate) writes: u64,
    pub(crate) tables: Vec<String>,
}

impl From<&Tracking> for State {
    fn from(tracking: &Tracking) -> Self {
        Self {
            replica: tracking.replica.to_string(),
            writes: tracking.writes,
            tables: tracking.tables.iter().map(ToString::to_string).collect(),
        }
    }
}

fn words(faults: &[TrackingFault]) -> Vec<String> {
    faults.iter().map(ToString::to_string).collect()
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Track {
    pub(crate) tracking: State,
    /// Did it begin just now?
    pub(crate) began: bool,
    /// What was found and mended.
    pub(crate) mended: Vec<String>,
    /// Rows that were written down because of a gap.
    pub(crate) rewritten: u64,
    /// The file that the proposed rules were written to.
    pub(crate) rules_written: Option<String>,
}

impl Track {
    pub(crate) fn new(tracked: &Tracked, rules_written: Option<String>) -> Self {
        Self {
            tracking: (&tracked.tracking).into(),
            began: tracked.began,
            mended: words(&tracked.mended),
            rewritten: tracked.rewritten,
            rules_written,
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Audit {
    pub(crate) faults: Vec<String>,
}

impl Audit {
    pub(crate) fn new(faults: &[TrackingFault]) -> Self {
        Self { faults: words(faults) }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Untrack {
    pub(crate) was: State,
}

impl Untrack {
    pub(crate) fn new(was: &Tracking) -> Self {
        Self { was: was.into() }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Rule {
    pub(crate) table: String,
    pub(crate) policy: String,
    pub(crate) identity: String,
    pub(crate) natural_key: Vec<String>,
    pub(crate) reasons: Vec<String>,
    /// Unique indexes that no rule can express.
    pub(crate) opaque: Vec<String>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Suggest {
    pub(crate) tables: Vec<Rule>,
}

impl Suggest {
    pub(crate) fn new(proposed: &[ProposedRule]) -> Self {
        let rule = |one: &ProposedRule| Rule {
            table: one.shape.name.to_string(),
            policy: one.suggestion.policy.word().to_owned(),
            identity: one.suggestion.identity.word().to_owned(),
            natural_key: match one.draft().identity {
                IdentityDraft::NaturalKey(names) => names.iter().map(ToString::to_string).collect(),
                IdentityDraft::Key | IdentityDraft::Renumber => Vec::new(),
            },
            reasons: one.suggestion.reasons.iter().map(ToString::to_string).collect(),
            opaque: one.shape.opaque.clone(),
        };
        Self { tables: proposed.iter().map(rule).collect() }
    }
}
