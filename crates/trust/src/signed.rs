//! The envelope of every document: signatures, and the part that they are made over.

use crate::error::TrustError;
use crate::json::Json;
use crate::key::{KeyId, PublicKey};
use crate::limits;
use crate::profile::Profile;
use crate::role::{Role, RoleKeys, Root};
use crate::time::UtcSeconds;
use std::collections::BTreeMap;

/// The fields of one object, with errors that name the role.
pub(crate) struct Fields<'a> {
    role: Role,
    fields: &'a BTreeMap<String, Json>,
}

impl<'a> Fields<'a> {
    pub(crate) fn of(role: Role, json: &'a Json) -> Result<Self, TrustError> {
        match json {
            Json::Object(fields) => Ok(Self { role, fields }),
            _ => Err(TrustError::Malformed { role, why: "an object is expected".to_owned() }),
        }
    }

    pub(crate) fn malformed(&self, why: impl Into<String>) -> TrustError {
        TrustError::Malformed { role: self.role, why: why.into() }
    }

    pub(crate) fn outside(&self, why: impl Into<String>) -> TrustError {
        TrustError::OutsideProfile { role: self.role, why: why.into() }
    }

    pub(crate) fn find(&self, name: &str) -> Option<&'a Json> {
        self.fields.get(name)
    }

    pub(crate) fn get(&self, name: &str) -> Result<&'a Json, TrustError> {
        self.find(name).ok_or_else(|| self.malformed(format!("{name} is missing")))
    }

    pub(crate) fn text(&self, name: &str) -> Result<&'a str, TrustError> {
        match self.get(name)? {
            Json::Text(text) => Ok(text),
            _ => Err(self.malformed(format!("{name} is no text"))),
        }
    }

    /// A whole number that is not negative.
    pub(crate) fn number(&self, name: &str) -> Result<u64, TrustError> {
        match self.get(name)? {
            Json::Integer(number) => u64::try_from(*number).ok(),
            _ => None,
        }
        .ok_or_else(|| self.malformed(format!("{name} is no count")))
    }

    /// A number that begins at one, and that somebody can count on from: a stolen key shall not use them all up.
    pub(crate) fn version(&self, name: &str) -> Result<u64, TrustError> {
        let number = self.number(name)?;
        match number {
            1..=limits::HIGHEST_VERSION => Ok(number),
            _ => Err(self.malformed(format!("{name} is no version"))),
        }
    }

    pub(crate) fn flag(&self, name: &str) -> Result<bool, TrustError> {
        match self.get(name)? {
            Json::Bool(flag) => Ok(*flag),
            _ => Err(self.malformed(format!("{name} is neither true nor false"))),
        }
    }

    pub(crate) fn object(&self, name: &str) -> Result<&'a BTreeMap<String, Json>, TrustError> {
        Self::of(self.role, self.get(name)?).map(|inner| inner.fields)
    }

    pub(crate) fn list(&self, name: &str) -> Result<&'a [Json], TrustError> {
        match self.get(name)? {
            Json::List(items) => Ok(items),
            _ => Err(self.malformed(format!("{name} is no list"))),
        }
    }

    pub(crate) fn inner(&self, json: &'a Json) -> Result<Self, TrustError> {
        Self::of(self.role, json)
    }
}

/// What is peculiar to one role.
pub(crate) trait Body: Sized {
    const ROLE: Role;

    fn read(fields: &Fields<'_>, profile: Profile) -> Result<Self, TrustError>;
}

/// A document that was read. That its form is right says nothing of who signed it.
#[derive(Debug, Clone)]
pub(crate) struct Signed<T> {
    /// As received.
    pub(crate) bytes: Vec<u8>,
    pub(crate) version: u64,
    pub(crate) expires: UtcSeconds,
    pub(crate) body: T,
    signatures: Vec<(KeyId, String)>,
    message: Vec<u8>,
}

impl<T: Body> Signed<T> {
    /// Reads a document of the role.
    pub(crate) fn read(bytes: &[u8], profile: Profile) -> Result<Self, TrustError> {
        let role = T::ROLE;
        let limit = limits::bytes_of(role);
        if bytes.len() > limit {
            return Err(TrustError::TooLarge { role, limit });
        }
        let document = Json::parse(bytes).map_err(|why| TrustError::Malformed { role, why })?;
        let envelope = Fields::of(role, &document)?;
        let signed = envelope.get("signed")?;
        let fields = Fields::of(role, signed)?;
        if fields.text("_type")? != role.as_str() {
            return Err(fields.malformed("it is of another role"));
        }
        if !speaks_version_one(fields.text("spec_version")?) {
            return Err(fields.outside("another version of the format"));
        }
        let expires = fields.text("expires")?;
        Ok(Self {
            bytes: bytes.to_vec(),
            version: fields.version("version")?,
            expires: UtcSeconds::parse(expires).ok_or_else(|| fields.malformed("expires is no instant"))?,
            body: T::read(&fields, profile)?,
            signatures: signatures(&envelope)?,
            message: signed.canonical(),
        })
    }

    /// Do enough of the role's keys vouch for it, as this root says?
    pub(crate) fn vouched_by(&self, root: &Root) -> Result<(), TrustError> {
        let role = T::ROLE;
        let RoleKeys { keys, threshold } = root.keys_of(role);
        let mut signers: Vec<&PublicKey> = Vec::new();
        for (id, signature) in &self.signatures {
            let Some(key) = keys.contains(id).then(|| root.key(id)).flatten() else { continue };
            if !signers.contains(&key) && key.verifies(&self.message, signature) {
                signers.push(key);
            }
        }
        if signers.len() < *threshold {
            return Err(TrustError::Signatures { role, valid: signers.len(), needed: *threshold });
        }
        Ok(())
    }
}

fn speaks_version_one(version: &str) -> bool {
    version == "1" || version.starts_with("1.")
}

fn signatures(envelope: &Fields<'_>) -> Result<Vec<(KeyId, String)>, TrustError> {
    let mut found: Vec<(KeyId, String)> = Vec::new();
    for json in envelope.list("signatures")? {
        let one = envelope.inner(json)?;
        let id = KeyId(one.text("keyid")?.to_owned());
        if found.iter().any(|(other, _)| *other == id) {
            return Err(envelope.malformed("one key signed twice"));
        }
        found.push((id, one.text("sig")?.to_owned()));
    }
    Ok(found)
}
