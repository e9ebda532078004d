//! The targets: artifacts, and what release each of them is.

use super::Role;
use super::sums::Sums;
use crate::digest::Sha256Sum;
use crate::error::TrustError;
use crate::json::Json;
use crate::name::judge_name;
use crate::profile::Profile;
use crate::release::{self, Release};
use crate::signed::{Body, Fields};
use std::collections::BTreeMap;

/// An artifact, and what release it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub(crate) length: u64,
    pub(crate) sums: Sums,
    pub(crate) release: Option<Release>,
    /// Everything that was said of it, ours or not: it is signed again as it came.
    pub(crate) custom: Option<Json>,
}

impl Target {
    /// An artifact of this length and sum.
    #[must_use]
    pub fn new(length: u64, sha256: Sha256Sum, release: Release) -> Self {
        let custom = Some(Json::object([(release::FIELD, release.json())]));
        Self { length, sums: Sums::of(sha256), release: Some(release), custom }
    }

    /// Bytes of the artifact.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// SHA-256 sum of the artifact.
    ///
    /// # Panics
    /// Never in the profile of Lifeboat, which refuses targets without one.
    #[must_use]
    pub fn sha256(&self) -> Sha256Sum {
        self.sums.sha256().expect("because the profile demands it")
    }

    /// Are these the bytes that were announced?
    #[must_use]
    pub fn announces(&self, bytes: &[u8]) -> bool {
        u64::try_from(bytes.len()) == Ok(self.length) && self.sums.agree(bytes)
    }

    /// What release it is; `None` where it is something else.
    #[must_use]
    pub const fn release(&self) -> Option<&Release> {
        self.release.as_ref()
    }

    /// A sum under which the artifact is stored; none where only sums of unknown kinds were announced.
    #[cfg(feature = "conformance")]
    #[must_use]
    pub fn sum_in_name(&self) -> Option<String> {
        self.sums.any()
    }

    fn read(fields: &Fields<'_>, profile: Profile) -> Result<Self, TrustError> {
        let custom = fields.find("custom").cloned();
        let release = match custom.as_ref().filter(|_| profile.is_strict()) {
            None => None,
            Some(custom) => release::read(&fields.inner(fields.get("custom")?)?, custom)?,
        };
        Ok(Self { length: fields.number("length")?, sums: Sums::read(fields, profile)?, release, custom })
    }

    fn json(&self) -> Json {
        let length = i64::try_from(self.length).expect("because no file is longer");
        let mut fields = BTreeMap::from([
            ("hashes".to_owned(), self.sums.json()),
            ("length".to_owned(), Json::Integer(length)),
        ]);
        if let Some(custom) = &self.custom {
            fields.insert("custom".to_owned(), custom.clone());
        }
        Json::Object(fields)
    }
}

/// Artifacts by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Targets {
    pub(crate) targets: BTreeMap<String, Target>,
}

impl Targets {
    /// Every artifact with its name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Target)> {
        self.targets.iter().map(|(name, target)| (name.as_str(), target))
    }

    /// An artifact by its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Target> {
        self.targets.get(name)
    }

    /// The signed fields that are peculiar to targets.
    pub(crate) fn json(&self) -> [(&'static str, Json); 1] {
        let targets = self.targets.iter().map(|(name, target)| (name.clone(), target.json()));
        [("targets", Json::Object(targets.collect()))]
    }
}

impl Body for Targets {
    const ROLE: Role = Role::Targets;

    fn read(fields: &Fields<'_>, profile: Profile) -> Result<Self, TrustError> {
        if profile.is_strict() && delegates(fields)? {
            return Err(fields.outside("delegations"));
        }
        let mut targets = BTreeMap::new();
        for (name, json) in fields.object("targets")? {
            if profile.is_strict()
                && let Err(fault) = judge_name(name)
            {
                return Err(fields.outside(format!("the name of a target {fault}")));
            }
            targets.insert(name.clone(), Target::read(&fields.inner(json)?, profile)?);
        }
        Ok(Self { targets })
    }
}

/// Others than the keys of the role are given a say.
fn delegates(fields: &Fields<'_>) -> Result<bool, TrustError> {
    let Some(delegations) = fields.find("delegations") else { return Ok(false) };
    let delegations = fields.inner(delegations)?;
    let names_roles = delegations.find("roles").is_some() && !delegations.list("roles")?.is_empty();
    Ok(names_roles || delegations.find("succinct_roles").is_some())
}
