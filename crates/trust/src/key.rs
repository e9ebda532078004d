//! Public keys and what they vouch for.

use crate::digest::Sha256Sum;
use crate::error::TrustError;
use crate::json::Json;
use crate::profile::Profile;
use crate::role::Role;
use crate::signed::Fields;
use data_encoding::HEXLOWER;
use ed25519_dalek::{Signature, VerifyingKey};
use std::fmt;

/// Name of a key in metadata: by convention the SHA-256 sum of its canonical form. What counts is the key, never its
/// name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub(crate) String);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A public key. Equal keys are one signer, under whatever names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Ed25519(VerifyingKey),
    #[cfg(feature = "conformance")]
    P256(Box<p256::ecdsa::VerifyingKey>),
    /// The standard's word for keys of other kinds: they may be listed, and never vouch for anything.
    #[cfg(feature = "conformance")]
    Other,
}

impl PublicKey {
    /// An Ed25519 key of 32 bytes; `None` where the bytes are none, or one of the few that vouch for anything.
    #[must_use]
    pub fn ed25519(bytes: &[u8; 32]) -> Option<Self> {
        let key = VerifyingKey::from_bytes(bytes).ok()?;
        (!key.is_weak()).then_some(Self(Kind::Ed25519(key)))
    }

    /// Its name in metadata.
    #[must_use]
    pub fn id(&self) -> KeyId {
        KeyId(Sha256Sum::of(&self.json().canonical()).to_string())
    }

    /// Does this signature, in hexadecimal digits, vouch for the message? Strictly: no signature that another
    /// verifier could judge otherwise.
    pub(crate) fn verifies(&self, message: &[u8], signature: &str) -> bool {
        let Ok(signature) = HEXLOWER.decode(signature.as_bytes()) else { return false };
        match &self.0 {
            Kind::Ed25519(key) => {
                Signature::from_slice(&signature).is_ok_and(|s| key.verify_strict(message, &s).is_ok())
            }
            #[cfg(feature = "conformance")]
            Kind::P256(key) => {
                use p256::ecdsa::signature::Verifier as _;
                p256::ecdsa::Signature::from_der(&signature).is_ok_and(|s| key.verify(message, &s).is_ok())
            }
            #[cfg(feature = "conformance")]
            Kind::Other => false,
        }
    }

    /// Reads a key of a root.
    pub(crate) fn parse(json: &Json, profile: Profile) -> Result<Self, TrustError> {
        let fields = Fields::of(Role::Root, json)?;
        let (kind, scheme) = (fields.text("keytype")?, fields.text("scheme")?);
        let public = Fields::of(Role::Root, fields.get("keyval")?)?.text("public")?;
        match (kind, scheme) {
            ("ed25519", "ed25519") => {
                let bytes = HEXLOWER.decode(public.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
                bytes
                    .and_then(|bytes| Self::ed25519(&bytes))
                    .ok_or_else(|| fields.malformed("a key is no Ed25519 key"))
            }
            _ if profile.is_strict() => Err(TrustError::OutsideProfile {
                role: Role::Root,
                why: "a key that is not Ed25519".to_owned(),
            }),
            _ => Self::of_other_kind(kind, scheme, public),
        }
    }

    #[cfg(feature = "conformance")]
    #[allow(clippy::unnecessary_wraps, reason = "the other build refuses here")]
    fn of_other_kind(kind: &str, scheme: &str, public: &str) -> Result<Self, TrustError> {
        use p256::pkcs8::DecodePublicKey as _;
        let p256 = matches!(kind, "ecdsa" | "ecdsa-sha2-nistp256") && scheme == "ecdsa-sha2-nistp256";
        let key = p256.then(|| p256::ecdsa::VerifyingKey::from_public_key_pem(public).ok()).flatten();
        Ok(Self(key.map_or(Kind::Other, |key| Kind::P256(Box::new(key)))))
    }

    #[cfg(not(feature = "conformance"))]
    fn of_other_kind(_: &str, _: &str, _: &str) -> Result<Self, TrustError> {
        unreachable!("because the strict profile refused the key")
    }

    /// The form in a root.
    pub(crate) fn json(&self) -> Json {
        match &self.0 {
            Kind::Ed25519(key) => Json::object([
                ("keytype", Json::text("ed25519")),
                ("keyval", Json::object([("public", Json::text(HEXLOWER.encode(key.as_bytes())))])),
                ("scheme", Json::text("ed25519")),
            ]),
            #[cfg(feature = "conformance")]
            Kind::P256(_) | Kind::Other => Json::Null,
        }
    }
}
