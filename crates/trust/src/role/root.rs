//! The root: who may sign what.

use super::Role;
use crate::error::TrustError;
use crate::freshness::DEFAULT_GRACE_DAYS;
use crate::json::Json;
use crate::key::{KeyId, PublicKey};
use crate::profile::Profile;
use crate::signed::{Body, Fields};
use std::collections::BTreeMap;

/// Field of a root that says for how many days past their expiry documents may still be used, with a notice.
pub(crate) const GRACE: &str = "x-lifeboat-grace-days";

/// The keys of one role, and how many of them it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleKeys {
    /// Names of the keys.
    pub keys: Vec<KeyId>,
    /// So many distinct keys must sign.
    pub threshold: usize,
}

/// Who may sign what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    pub(crate) keys: BTreeMap<KeyId, PublicKey>,
    /// In the order of [`Role::ALL`].
    pub(crate) roles: [RoleKeys; 4],
    pub(crate) is_consistent: bool,
    pub(crate) grace_days: u32,
}

impl Root {
    /// The keys of a role.
    #[must_use]
    pub const fn keys_of(&self, role: Role) -> &RoleKeys {
        &self.roles[role as usize]
    }

    /// A key by its name.
    #[must_use]
    pub fn key(&self, id: &KeyId) -> Option<&PublicKey> {
        self.keys.get(id)
    }

    /// The distinct keys of a role, in the order of their names.
    pub fn public_keys_of(&self, role: Role) -> impl Iterator<Item = &PublicKey> {
        self.keys_of(role).keys.iter().filter_map(|id| self.key(id))
    }

    /// Days past their expiry in which documents may still be used, with a notice.
    #[must_use]
    pub const fn grace_days(&self) -> u32 {
        self.grace_days
    }

    /// Files carry their version in the name.
    #[must_use]
    pub const fn is_consistent(&self) -> bool {
        self.is_consistent
    }

    fn judge(&self, fields: &Fields<'_>) -> Result<(), TrustError> {
        if !self.is_consistent {
            return Err(fields.outside("no consistent snapshots"));
        }
        let mut values: Vec<&PublicKey> = Vec::new();
        for key in self.keys.values() {
            if values.contains(&key) {
                return Err(fields.outside("one key stands under two names"));
            }
            values.push(key);
        }
        for role in Role::ALL {
            let RoleKeys { keys, threshold } = self.keys_of(role);
            if keys.iter().any(|id| self.key(id).is_none()) {
                return Err(fields.outside(format!("a key of {role} is not listed")));
            }
            if keys.len() < *threshold {
                return Err(fields.outside(format!("{role} has fewer keys than must sign")));
            }
        }
        Ok(())
    }

    /// The signed fields that are peculiar to a root.
    pub(crate) fn json(&self) -> [(&'static str, Json); 4] {
        let keys = self.keys.iter().map(|(id, key)| (id.0.clone(), key.json())).collect();
        let roles = Role::ALL.into_iter().map(|role| {
            let RoleKeys { keys, threshold } = self.keys_of(role);
            let threshold = i64::try_from(*threshold).expect("because nobody has so many keys");
            let ids = keys.iter().map(|id| Json::text(&id.0)).collect();
            let json = Json::object([("keyids", Json::List(ids)), ("threshold", Json::Integer(threshold))]);
            (role.as_str().to_owned(), json)
        });
        [
            ("keys", Json::Object(keys)),
            ("roles", Json::Object(roles.collect())),
            ("consistent_snapshot", Json::Bool(self.is_consistent)),
            (GRACE, Json::Integer(i64::from(self.grace_days))),
        ]
    }
}

impl Body for Root {
    const ROLE: Role = Role::Root;

    fn read(fields: &Fields<'_>, profile: Profile) -> Result<Self, TrustError> {
        let mut keys = BTreeMap::new();
        for (id, json) in fields.object("keys")? {
            keys.insert(KeyId(id.clone()), PublicKey::parse(json, profile)?);
        }
        let listed = fields.inner(fields.get("roles")?)?;
        let role = |role: Role| read_role(&listed, role);
        let [a, b, c, d] = Role::ALL;
        let root = Self {
            keys,
            roles: [role(a)?, role(b)?, role(c)?, role(d)?],
            is_consistent: fields.find("consistent_snapshot").is_some()
                && fields.flag("consistent_snapshot")?,
            grace_days: read_grace(fields)?,
        };
        if profile.is_strict() {
            root.judge(fields)?;
        }
        Ok(root)
    }
}

fn read_role(listed: &Fields<'_>, role: Role) -> Result<RoleKeys, TrustError> {
    let fields = listed.inner(listed.get(role.as_str())?)?;
    let mut keys = Vec::new();
    for json in fields.list("keyids")? {
        let Json::Text(id) = json else { return Err(fields.malformed("a key id is no text")) };
        let id = KeyId(id.clone());
        if keys.contains(&id) {
            return Err(fields.malformed(format!("{role} names a key twice")));
        }
        keys.push(id);
    }
    let threshold = usize::try_from(fields.version("threshold")?).unwrap_or(usize::MAX);
    Ok(RoleKeys { keys, threshold })
}

fn read_grace(fields: &Fields<'_>) -> Result<u32, TrustError> {
    if fields.find(GRACE).is_none() {
        return Ok(DEFAULT_GRACE_DAYS);
    }
    u32::try_from(fields.number(GRACE)?).map_err(|_| fields.malformed("the grace is no number of days"))
}
