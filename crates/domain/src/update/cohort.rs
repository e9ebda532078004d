//! Who takes a release early: decided by the installation's own number, so that it never changes its mind.

use super::release::Version;
use std::fmt;

/// Number of an installation; drawn once, never sent anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct InstallId(uuid::Uuid);

impl InstallId {
    /// From 16 random bytes.
    #[must_use]
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(uuid::Builder::from_random_bytes(bytes).into_uuid())
    }

    /// Reads the text form, and nothing else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let id = Self(uuid::Uuid::try_parse(text).ok()?);
        (id.to_string() == text).then_some(id)
    }
}

impl fmt::Display for InstallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.hyphenated(), f)
    }
}

/// Is this installation among the first so many percent for this version? Who is among ten percent is among twenty;
/// another version asks others first.
#[must_use]
pub fn takes_part(install: InstallId, version: &Version, percent: u8) -> bool {
    let mut hasher = blake3::Hasher::new();
    hasher.update(install.0.as_bytes()).update(version.to_string().as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    u64::from_be_bytes(first) % 100 < u64::from(percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u32) -> InstallId {
        let mut bytes = [7; 16];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        InstallId::from_random(bytes)
    }

    #[test]
    fn a_percentage_reaches_about_so_many_and_only_grows() {
        let version = "1.4.0".parse().unwrap();
        let among =
            |percent| (0..2_000).filter(|n| takes_part(id(*n), &version, percent)).collect::<Vec<_>>();
        let (ten, half) = (among(10), among(50));
        assert!((140..260).contains(&ten.len()), "{}", ten.len());
        assert!(ten.iter().all(|n| half.contains(n)));
        assert_eq!((among(0).len(), among(100).len()), (0, 2_000));
        let next = "1.5.0".parse().unwrap();
        assert!(ten.iter().any(|n| !takes_part(id(*n), &next, 10)));
    }

    #[test]
    fn a_number_reads_back() {
        assert_eq!(InstallId::parse(&id(3).to_string()), Some(id(3)));
        assert_eq!(InstallId::parse("x"), None);
    }
}
