//! Making roots: the first one, and the next.

use super::SignError;
use super::document::seal;
use super::secret::SecretKey;
use crate::error::TrustError;
use crate::key::PublicKey;
use crate::profile::Profile;
use crate::role::{Role, RoleKeys, Root};
use crate::signed::Signed;
use crate::time::UtcSeconds;
use std::collections::BTreeMap;

/// Who shall sign what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootPlan {
    /// The keys of each role and how many of them it takes, in the order of [`Role::ALL`].
    pub roles: [(Vec<PublicKey>, usize); 4],
    /// When the root expires.
    pub expires: UtcSeconds,
    /// Days past their expiry in which documents may still be used, with a notice.
    pub grace_days: u32,
}

impl RootPlan {
    /// The plan that a root was made by, to be changed.
    ///
    /// # Errors
    /// The bytes are no root.
    pub fn of(root: &[u8]) -> Result<Self, TrustError> {
        let read = Signed::<Root>::read(root, Profile::Lifeboat)?;
        let keys = |role| {
            let keys = read.body.public_keys_of(role).cloned().collect();
            (keys, read.body.keys_of(role).threshold)
        };
        Ok(Self { roles: Role::ALL.map(keys), expires: read.expires, grace_days: read.body.grace_days })
    }

    fn root(&self) -> Root {
        let mut keys = BTreeMap::new();
        let roles = self.roles.each_ref().map(|(of_role, threshold)| {
            keys.extend(of_role.iter().map(|key| (key.id(), key.clone())));
            RoleKeys { keys: of_role.iter().map(PublicKey::id).collect(), threshold: *threshold }
        });
        Root { keys, roles, is_consistent: true, grace_days: self.grace_days }
    }

    fn sealed(&self, version: u64, keys: &[SecretKey]) -> Result<Vec<u8>, SignError> {
        let keys: Vec<&SecretKey> = keys.iter().collect();
        let bytes = seal(Role::Root, version, self.expires, self.root().json(), &keys);
        Signed::<Root>::read(&bytes, Profile::Lifeboat)?;
        Ok(bytes)
    }
}

/// The first root, signed with the keys at hand; [`super::standing`] tells whether they are enough.
///
/// # Errors
/// A client would refuse the plan: a role with fewer keys than must sign.
pub fn first_root(plan: &RootPlan, keys: &[SecretKey]) -> Result<Vec<u8>, SignError> {
    plan.sealed(1, keys)
}

/// The root that follows another, signed with the keys at hand: enough of the old ones and of the new ones have to
/// sign before a client goes on to it.
///
/// # Errors
/// The old bytes are no root, or a client would refuse the plan.
pub fn next_root(current: &[u8], plan: &RootPlan, keys: &[SecretKey]) -> Result<Vec<u8>, SignError> {
    let current = Signed::<Root>::read(current, Profile::Lifeboat)?;
    plan.sealed(current.version + 1, keys)
}

/// The number of a root, whoever signed it.
///
/// # Errors
/// The bytes are no root.
pub fn version_of_root(root: &[u8]) -> Result<u64, TrustError> {
    Signed::<Root>::read(root, Profile::Lifeboat).map(|read| read.version)
}
