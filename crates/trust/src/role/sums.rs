//! Checksums by which one document announces the bytes of another, or of an artifact.

use crate::digest::Sha256Sum;
use crate::error::TrustError;
use crate::json::Json;
use crate::profile::Profile;
use crate::signed::Fields;

/// The sums that were announced and that this build can form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sums {
    sha256: Option<Sha256Sum>,
    #[cfg(feature = "conformance")]
    sha512: Option<String>,
}

impl Sums {
    #[cfg_attr(
        not(feature = "conformance"),
        allow(clippy::missing_const_for_fn, reason = "the other build reads more")
    )]
    pub(crate) fn of(sha256: Sha256Sum) -> Self {
        Self {
            sha256: Some(sha256),
            #[cfg(feature = "conformance")]
            sha512: None,
        }
    }

    /// Reads `hashes`. One that this build can form has to be there; in the strict profile, SHA-256.
    pub(crate) fn read(fields: &Fields<'_>, profile: Profile) -> Result<Self, TrustError> {
        let hashes = fields.inner(fields.get("hashes")?)?;
        let sha256 = match hashes.find("sha256") {
            None => None,
            Some(Json::Text(text)) => {
                Some(Sha256Sum::parse(text).ok_or_else(|| fields.malformed("a SHA-256 sum is none"))?)
            }
            Some(_) => return Err(fields.malformed("a SHA-256 sum is none")),
        };
        if sha256.is_none() && profile.is_strict() {
            return Err(fields.outside("a SHA-256 sum is missing"));
        }
        Ok(Self {
            sha256,
            #[cfg(feature = "conformance")]
            sha512: hashes.find("sha512").and(hashes.text("sha512").ok()).map(str::to_owned),
        })
    }

    pub(crate) const fn sha256(&self) -> Option<Sha256Sum> {
        self.sha256
    }

    #[cfg(feature = "conformance")]
    pub(crate) fn any(&self) -> Option<String> {
        self.sha256.map(|sum| sum.to_string()).or_else(|| self.sha512.clone())
    }

    /// Are these the bytes?
    pub(crate) fn agree(&self, bytes: &[u8]) -> bool {
        #[cfg(feature = "conformance")]
        if let Some(announced) = &self.sha512 {
            use sha2::Digest as _;
            let sum = data_encoding::HEXLOWER.encode(&sha2::Sha512::digest(bytes));
            return sum == *announced && self.sha256.is_none_or(|sum| sum == Sha256Sum::of(bytes));
        }
        self.sha256.is_some_and(|sum| sum == Sha256Sum::of(bytes))
    }

    pub(crate) fn json(&self) -> Json {
        let sha256 = self.sha256.expect("because only documents of the strict profile are written");
        Json::object([("sha256", Json::text(sha256.to_string()))])
    }
}
