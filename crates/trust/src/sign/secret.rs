//! Secret keys, in the form that other tools read: PKCS#8 (RFC 8410) in PEM.

use crate::key::PublicKey;
use data_encoding::HEXLOWER;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, KeypairBytes};
use ed25519_dalek::{Signer as _, SigningKey};
use std::fmt;

/// A secret key. It is wiped from memory when dropped and never shown.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

/// The text is no Ed25519 key in PKCS#8 PEM; it may be one with a passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no Ed25519 key in PKCS#8 PEM form without a passphrase")]
pub struct SecretKeyError;

impl SecretKey {
    /// The key of a seed, which must come from a random source for secrets.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// Reads a PEM text.
    ///
    /// # Errors
    /// It is none.
    pub fn from_pem(text: &str) -> Result<Self, SecretKeyError> {
        SigningKey::from_pkcs8_pem(text.trim_end()).map(Self).map_err(|_| SecretKeyError)
    }

    /// The PEM text; whoever has it can sign.
    #[must_use]
    pub fn to_pem(&self) -> String {
        // Version 1, without the public half: what every OpenSSL reads.
        let bytes = KeypairBytes { secret_key: self.0.to_bytes(), public_key: None };
        let pem = bytes.to_pkcs8_pem(ed25519_dalek::pkcs8::spki::der::pem::LineEnding::LF);
        pem.expect("because a key of 32 bytes has such a form").to_string()
    }

    /// Its public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey::ed25519(self.0.verifying_key().as_bytes())
            .expect("because a secret key has a strong public half")
    }

    pub(crate) fn sign(&self, message: &[u8]) -> String {
        HEXLOWER.encode(&self.0.sign(message).to_bytes())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey(of {})", self.public().id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_from_its_text_and_never_shown() {
        let key = SecretKey::from_seed(&[7; 32]);
        let pem = key.to_pem();
        assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"), "{pem}");
        assert_eq!(SecretKey::from_pem(&pem).unwrap().public(), key.public());
        assert_eq!(SecretKey::from_pem("").unwrap_err(), SecretKeyError);
        assert!(!format!("{key:?}").contains(&HEXLOWER.encode(&[7; 32])));
    }

    /// RFC 8410, section 10.3.
    #[test]
    fn the_published_example_is_read() {
        let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
        let public = "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1";
        let bytes: [u8; 32] = HEXLOWER.decode(public.as_bytes()).unwrap().try_into().unwrap();
        assert_eq!(Some(SecretKey::from_pem(pem).unwrap().public()), PublicKey::ed25519(&bytes));
    }
}
