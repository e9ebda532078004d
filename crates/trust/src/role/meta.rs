//! How one document announces another.

use super::sums::Sums;
use crate::digest::Sha256Sum;
use crate::error::TrustError;
use crate::json::Json;
use crate::profile::Profile;
use crate::signed::Fields;

/// Version, length and sum of a document that is announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetaFile {
    pub(crate) version: u64,
    pub(crate) length: Option<u64>,
    pub(crate) sums: Option<Sums>,
}

impl MetaFile {
    /// Announces these bytes.
    #[must_use]
    pub fn of(version: u64, bytes: &[u8]) -> Self {
        let sums = Some(Sums::of(Sha256Sum::of(bytes)));
        Self { version, length: u64::try_from(bytes.len()).ok(), sums }
    }

    /// The number that the document must have.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    pub(crate) fn read(fields: &Fields<'_>, profile: Profile) -> Result<Self, TrustError> {
        let length = fields.find("length").map(|_| fields.number("length")).transpose()?;
        let sums = fields.find("hashes").map(|_| Sums::read(fields, profile)).transpose()?;
        if profile.is_strict() && (length.is_none() || sums.is_none()) {
            return Err(fields.outside("a length or a sum is missing"));
        }
        Ok(Self { version: fields.version("version")?, length, sums })
    }

    /// Are these the bytes that were announced?
    pub(crate) fn announces(&self, bytes: &[u8]) -> bool {
        self.length.is_none_or(|length| usize::try_from(length) == Ok(bytes.len()))
            && self.sums.as_ref().is_none_or(|sums| sums.agree(bytes))
    }

    pub(crate) fn json(&self) -> Json {
        let number = |n: u64| {
            Json::Integer(i64::try_from(n).expect("because it was read from such a number, or counted"))
        };
        let (length, sums) = (self.length.unwrap_or_default(), self.sums.as_ref());
        let sums = sums.expect("because only documents of the strict profile are written");
        Json::object([("hashes", sums.json()), ("length", number(length)), ("version", number(self.version))])
    }
}
