//! How old metadata may be. Expiry says that news may have been held back; it never forbids reading what is there.

use crate::role::Role;
use crate::time::UtcSeconds;

/// Days of grace where a root names none: a plant that is offline over a long winter still installs.
pub const DEFAULT_GRACE_DAYS: u32 = 400;

/// How far what is trusted may be believed to be the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Freshness {
    /// Nothing has expired.
    Fresh,
    /// Expired, and within the grace: install, and say that newer releases may exist.
    Stale {
        /// What expired first.
        role: Role,
        /// When.
        since: UtcSeconds,
    },
    /// Expired for longer than the grace: only on somebody's word.
    TooOld {
        /// What expired first.
        role: Role,
        /// When.
        since: UtcSeconds,
    },
}

impl Freshness {
    /// Judges the documents of a repository at an instant: the one that expires first counts.
    pub(crate) fn at(
        now: UtcSeconds,
        grace_days: u32,
        expiries: impl Iterator<Item = (Role, UtcSeconds)>,
    ) -> Self {
        match expiries.min_by_key(|(role, since)| (*since, *role)) {
            Some((role, since)) if since.plus_days(i64::from(grace_days)) <= now => {
                Self::TooOld { role, since }
            }
            Some((role, since)) if since <= now => Self::Stale { role, since },
            _ => Self::Fresh,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expiry_is_graded_and_the_first_to_expire_counts() {
        let (root, time) = ((Role::Root, UtcSeconds(1_000)), (Role::Timestamp, UtcSeconds(900)));
        let at = |now| Freshness::at(UtcSeconds(now), 1, [root, time].into_iter());
        assert_eq!(at(899), Freshness::Fresh);
        assert_eq!(at(900), Freshness::Stale { role: Role::Timestamp, since: UtcSeconds(900) });
        assert_eq!(at(900 + 86_399), Freshness::Stale { role: Role::Timestamp, since: UtcSeconds(900) });
        assert_eq!(at(900 + 86_400), Freshness::TooOld { role: Role::Timestamp, since: UtcSeconds(900) });
    }
}
