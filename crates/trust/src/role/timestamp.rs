//! The timestamp, the one file that is ever replaced: which snapshot is the newest.

use super::{MetaFile, Role};
use crate::error::TrustError;
use crate::json::Json;
use crate::profile::Profile;
use crate::signed::{Body, Fields};
use crate::time::UtcSeconds;

/// Field of a timestamp that says when it was signed: a lower bound for what time it is.
pub(crate) const SIGNED_AT: &str = "x-lifeboat-signed-at";

/// Which snapshot is the newest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timestamp {
    /// The snapshot.
    pub snapshot: MetaFile,
    /// When it was signed, as the publisher's clock said.
    pub signed_at: Option<UtcSeconds>,
}

impl Timestamp {
    /// The signed fields that are peculiar to a timestamp.
    pub(crate) fn json(&self) -> Vec<(&'static str, Json)> {
        let meta = Json::object([("snapshot.json", self.snapshot.json())]);
        let at = self.signed_at.map(|at| (SIGNED_AT, Json::text(at.to_string())));
        std::iter::once(("meta", meta)).chain(at).collect()
    }
}

impl Body for Timestamp {
    const ROLE: Role = Role::Timestamp;

    fn read(fields: &Fields<'_>, profile: Profile) -> Result<Self, TrustError> {
        let meta = fields.inner(fields.get("meta")?)?;
        let signed_at = match fields.find(SIGNED_AT) {
            None => None,
            Some(_) => {
                let at = UtcSeconds::parse(fields.text(SIGNED_AT)?);
                Some(at.ok_or_else(|| fields.malformed("the instant of signing is none"))?)
            }
        };
        let snapshot = MetaFile::read(&meta.inner(meta.get("snapshot.json")?)?, profile)?;
        Ok(Self { snapshot, signed_at })
    }
}
