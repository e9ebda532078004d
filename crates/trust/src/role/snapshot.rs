//! The snapshot: which targets belong together.

use super::{MetaFile, Role};
use crate::error::TrustError;
use crate::json::Json;
use crate::profile::Profile;
use crate::signed::{Body, Fields};
use std::collections::BTreeMap;

/// Name of the one document that a snapshot has to announce.
const TARGETS: &str = "targets.json";

/// Which targets belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub(crate) meta: BTreeMap<String, MetaFile>,
}

impl Snapshot {
    pub(crate) fn of(targets: MetaFile) -> Self {
        Self { meta: BTreeMap::from([(TARGETS.to_owned(), targets)]) }
    }

    /// The targets.
    #[must_use]
    pub fn targets(&self) -> &MetaFile {
        self.meta.get(TARGETS).expect("because a snapshot without it is not read")
    }

    /// The signed fields that are peculiar to a snapshot.
    pub(crate) fn json(&self) -> [(&'static str, Json); 1] {
        [("meta", Json::Object(self.meta.iter().map(|(name, file)| (name.clone(), file.json())).collect()))]
    }
}

impl Body for Snapshot {
    const ROLE: Role = Role::Snapshot;

    fn read(fields: &Fields<'_>, profile: Profile) -> Result<Self, TrustError> {
        let mut meta = BTreeMap::new();
        for (name, json) in fields.object("meta")? {
            meta.insert(name.clone(), MetaFile::read(&fields.inner(json)?, profile)?);
        }
        match meta.contains_key(TARGETS) {
            false => Err(fields.malformed("it names no targets")),
            true if profile.is_strict() && meta.len() > 1 => Err(fields.outside("delegations")),
            true => Ok(Self { meta }),
        }
    }
}
