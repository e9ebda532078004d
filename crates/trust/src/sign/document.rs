//! The envelope from the other side: a signed part, and signatures over its canonical form.

use super::SignError;
use super::secret::SecretKey;
use crate::error::TrustError;
use crate::json::Json;
use crate::profile::Profile;
use crate::role::{Role, Root};
use crate::signed::Signed;
use crate::time::UtcSeconds;
use std::collections::BTreeMap;

/// The version of the format that is written.
const SPEC_VERSION: &str = "1.0.34";

/// A document of the role, signed with every key given.
pub(super) fn seal(
    role: Role,
    version: u64,
    expires: UtcSeconds,
    fields: impl IntoIterator<Item = (&'static str, Json)>,
    keys: &[&SecretKey],
) -> Vec<u8> {
    let version = i64::try_from(version).expect("because nobody publishes so often");
    let mut signed: BTreeMap<String, Json> =
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    signed.insert("_type".to_owned(), Json::text(role.as_str()));
    signed.insert("spec_version".to_owned(), Json::text(SPEC_VERSION));
    signed.insert("version".to_owned(), Json::Integer(version));
    signed.insert("expires".to_owned(), Json::text(expires.to_string()));
    let signed = Json::Object(signed);
    let message = signed.canonical();
    let signatures = keys.iter().map(|key| signature(key, &message)).collect();
    Json::object([("signatures", Json::List(signatures)), ("signed", signed)]).pretty()
}

fn signature(key: &SecretKey, message: &[u8]) -> Json {
    Json::object([("keyid", Json::text(key.public().id().0)), ("sig", Json::text(key.sign(message)))])
}

/// The keys at hand that the root names for a role, if they are enough.
pub(super) fn keys_for<'a>(
    root: &Root,
    role: Role,
    at_hand: &'a [SecretKey],
) -> Result<Vec<&'a SecretKey>, SignError> {
    let mut fitting: Vec<&SecretKey> = Vec::new();
    for key in at_hand {
        let public = key.public();
        let is_new = fitting.iter().all(|other| other.public() != public);
        if is_new && root.public_keys_of(role).any(|named| *named == public) {
            fitting.push(key);
        }
    }
    let needed = root.keys_of(role).threshold;
    if fitting.len() < needed {
        return Err(SignError::KeysMissing { role, at_hand: fitting.len(), needed });
    }
    Ok(fitting)
}

/// Adds the signatures of these keys to a root, beside those that are there: so that people who never meet can sign
/// one document. A signature of the same key is replaced.
///
/// # Errors
/// The bytes are no root.
pub fn cosign(root: &[u8], keys: &[SecretKey]) -> Result<Vec<u8>, TrustError> {
    Signed::<Root>::read(root, Profile::Lifeboat)?;
    let Ok(Json::Object(mut document)) = Json::parse(root) else {
        unreachable!("because it was just read");
    };
    let message = document["signed"].canonical();
    let added: Vec<Json> = keys.iter().map(|key| signature(key, &message)).collect();
    if let Some(Json::List(signatures)) = document.get_mut("signatures") {
        signatures.retain(|old| added.iter().all(|new| key_of(new) != key_of(old)));
        signatures.extend(added);
    }
    Ok(Json::Object(document).pretty())
}

fn key_of(signature: &Json) -> Option<&Json> {
    match signature {
        Json::Object(fields) => fields.get("keyid"),
        _ => None,
    }
}

/// How far a root is from being accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Enough keys signed it.
    Complete,
    /// So many of the keys that have to sign did.
    Waits {
        /// Distinct keys that signed.
        valid: usize,
        /// How many have to.
        needed: usize,
        /// Of the root before it, rather than its own.
        of_predecessor: bool,
    },
}

/// How far a root is from being accepted after its predecessor, or as the first one.
///
/// # Errors
/// The bytes are no root.
pub fn standing(root: &[u8], predecessor: Option<&[u8]>) -> Result<Standing, TrustError> {
    let read = Signed::<Root>::read(root, Profile::Lifeboat)?;
    let before = predecessor.map(|bytes| Signed::<Root>::read(bytes, Profile::Lifeboat)).transpose()?;
    let judges = before.iter().map(|before| (&before.body, true)).chain([(&read.body, false)]);
    for (judge, of_predecessor) in judges {
        match read.vouched_by(judge) {
            Ok(()) => {}
            Err(TrustError::Signatures { valid, needed, .. }) => {
                return Ok(Standing::Waits { valid, needed, of_predecessor });
            }
            Err(other) => return Err(other),
        }
    }
    Ok(Standing::Complete)
}
